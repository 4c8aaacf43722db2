import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers, OversoldIncidentResolvers, QueryResolvers } from '../../../generated/graphql.ts'
import { isInvalid, notFound, readInput } from '../../domain/problems.ts'
import { readNote } from '../../domain/read.ts'
import { findIncident, type IncidentPlace, listIncidents } from '../../store/offline/incidents.ts'
import { resolveIncident } from '../../usecases/offline/resolve-incident.ts'

const NOTE_CHARACTERS_MOST = 500
const ORDER = 'oversold incidents'

export const oversoldIncidents: NonNullable<QueryResolvers['oversoldIncidents']> = async (
  _,
  { storeId, filter, ...given },
  context,
) => {
  const page = readPage<IncidentPlace>(ORDER, 2, given)
  if (page.after && (!isUuid(page.after[1]) || Number.isNaN(Date.parse(page.after[0]))))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const { open, productId } = filter ?? {}
  const nothing = !isUuid(storeId) || (productId != null && !isUuid(productId))
  const narrowing = { open: open ?? undefined, productId: productId ?? undefined }
  const { tenantId } = requireCaller(context)
  const rows = nothing ? [] : await listIncidents(context.database, tenantId, storeId, narrowing, page)
  return toConnection(ORDER, page, rows, ({ raisedAt, id }): IncidentPlace => [raisedAt.toISOString(), id])
}

export const resolveOversoldIncident: NonNullable<MutationResolvers['resolveOversoldIncident']> = async (
  _,
  { input },
  context,
) => {
  const given = readInput(() => {
    const note = readNote('note', input.note, NOTE_CHARACTERS_MOST)
    if (input.resolution === 'OTHER' && note === '') throw new InputFault('note', 'Say what was done.')
    return { resolution: input.resolution, note }
  })
  if (isInvalid(given)) return given
  const caller = requireCaller(context)
  const incident = isUuid(input.id) ? await findIncident(context.database, caller.tenantId, input.id) : undefined
  if (!incident || !caller.may('inventory.stock.adjust', incident.storeId)) return notFound('incident')
  return resolveIncident(context, incident, given)
}

export const OversoldIncident: OversoldIncidentResolvers = {
  store: ({ storeId }) => ({ id: storeId }),
  product: ({ productId }) => ({ id: productId }),
  order: ({ orderId }) => ({ id: orderId }),
  register: ({ registerId }) => ({ id: registerId }),
  cashier: ({ cashierId }) => (cashierId === null ? null : { id: cashierId }),
  quantity: ({ quantity }) => formatQuantity(quantity),
  short: ({ short }) => formatQuantity(short),
  resolvedBy: ({ resolvedBy }) => (resolvedBy === null ? null : { id: resolvedBy }),
}
