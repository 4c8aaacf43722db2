import { refusal } from '@tillgraph/kit/errors'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import { money } from '@tillgraph/rules/money'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  CreateDeliveryZoneInput,
  DeliveryZoneResolvers,
  MutationResolvers,
  QueryResolvers,
  UpdateDeliveryZoneInput,
} from '../../generated/graphql.ts'
import { readPoint } from '../domain/geometry.ts'
import { isInvalid, notFound, readInput, refusedTerms } from '../domain/problems.ts'
import { readAmount, readName } from '../domain/read.ts'
import { readWindow, readWindowRules } from '../domain/window.ts'
import { readArea, termsFor } from '../domain/zone.ts'
import { zonesOfStore } from '../store/zones.ts'
import { changeZone, createZone } from '../usecases/zones.ts'
import { optionalId, readId } from './read-id.ts'

const ZONE = 'delivery.zone.read'

export const deliveryZone: NonNullable<QueryResolvers['deliveryZone']> = async (_, { id }, context) => {
  const zone = isUuid(id) ? await context.loaders.zone.load(id) : undefined
  return zone && requireCaller(context).may(ZONE, zone.storeId) ? zone : null
}

export const deliveryZones: NonNullable<QueryResolvers['deliveryZones']> = (_, { storeId }, context) => {
  if (!isUuid(storeId)) throw refusal('BAD_USER_INPUT', 'storeId must be a UUID')
  return zonesOfStore(context.database, requireCaller(context).tenantId, storeId)
}

export const quoteDelivery: NonNullable<QueryResolvers['quoteDelivery']> = async (_, { input }, context) => {
  const { tenantId } = requireCaller(context)
  const asked = readInput(() => ({
    storeId: readId('storeId', input.storeId),
    place: readPoint('place', input.place),
    window: givenWindow(input.windowFrom, input.windowUntil),
  }))
  if (isInvalid(asked)) return asked
  const store = await context.stores.find(tenantId, asked.storeId, context.requestId)
  if (!store) return notFound('store')
  const total = readInput(() => ({ minor: readAmount('orderTotal', input.orderTotal, store.currency, 'not-negative') }))
  if (isInvalid(total)) return total
  const zones = await zonesOfStore(context.database, tenantId, store.id)
  const terms = termsFor(zones, { ...asked, orderTotal: total.minor }, context.clock.now(), store.timeZone)
  if (terms.kind !== 'offered') return refusedTerms(terms, store.currency)
  return { __typename: 'DeliveryQuote', zone: terms.zone, fee: money(terms.zone.fee, store.currency) }
}

function givenWindow(from: Date | null | undefined, until: Date | null | undefined) {
  if (!from && !until) return undefined
  if (!from || !until) throw new InputFault(from ? 'windowUntil' : 'windowFrom', 'A window has a beginning and an end.')
  return readWindow(from, until)
}

const readZone = (input: CreateDeliveryZoneInput | UpdateDeliveryZoneInput, currency: CurrencyCode) => ({
  name: readName('name', input.name),
  area: readArea(input.area),
  fee: readAmount('fee', input.fee, currency, 'not-negative'),
  minimumOrder: input.minimumOrder ? readAmount('minimumOrder', input.minimumOrder, currency, 'positive') : null,
  windows: readWindowRules(input.windows ?? {}),
})

export const createDeliveryZone: NonNullable<MutationResolvers['createDeliveryZone']> = async (
  _,
  { input },
  context,
  info,
) => {
  const ids = readInput(() => ({ id: optionalId('id', input.id), storeId: readId('storeId', input.storeId) }))
  if (isInvalid(ids)) return ids
  const store = await context.stores.find(requireCaller(context).tenantId, ids.storeId, context.requestId)
  if (!store) return notFound('store')
  const { currency } = store
  const zone = readInput(() => ({ ...ids, currency, ...readZone(input, currency) }))
  return isInvalid(zone) ? zone : createZone(context, zone, idempotencyKeyOf(context, info, zone.id))
}

export const updateDeliveryZone: NonNullable<MutationResolvers['updateDeliveryZone']> = async (
  _,
  { input },
  context,
) => {
  const known = isUuid(input.id) ? await context.loaders.zone.load(input.id) : undefined
  if (!known || !requireCaller(context).may('delivery.zone.write', known.storeId)) return notFound('zone')
  const said = readInput(() => readZone(input, known.currency))
  if (isInvalid(said)) return said
  const asked = { id: input.id, version: input.version ?? undefined }
  return changeZone(context, 'UpdateDeliveryZoneSuccess', asked, zone => ({ ...zone, ...said }))
}

export const archiveDeliveryZone: NonNullable<MutationResolvers['archiveDeliveryZone']> = async (
  _,
  { input },
  context,
) => {
  if (!isUuid(input.id)) return notFound('zone')
  const asked = { id: input.id, version: input.version ?? undefined }
  return changeZone(context, 'ArchiveDeliveryZoneSuccess', asked, (zone, now) => ({
    ...zone,
    archivedAt: zone.archivedAt ?? now,
  }))
}

export const DeliveryZone: DeliveryZoneResolvers = {
  __resolveReference: async ({ id }, context) => {
    const zone = isUuid(id) ? await context.loaders.zone.load(id) : undefined
    return zone && requireCaller(context).may(ZONE, zone.storeId) ? zone : null
  },
  store: ({ storeId }) => ({ id: storeId }),
  area: ({ area }) => ({ __typename: area.kind === 'POLYGON' ? 'PolygonArea' : 'DistanceArea', ...area }) as never,
  fee: ({ fee, currency }) => money(fee, currency),
  minimumOrder: ({ minimumOrder, currency }) => (minimumOrder === null ? null : money(minimumOrder, currency)),
  archived: ({ archivedAt }) => archivedAt !== null,
}
