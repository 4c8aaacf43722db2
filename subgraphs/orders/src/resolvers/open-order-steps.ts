import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { money } from '@tillgraph/rules/money'
import { parseQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers, StepOrderInput } from '../../generated/graphql.ts'
import { type Context, peerCaller } from '../context.ts'
import { changeLines } from '../domain/change-lines.ts'
import { cancelProblem } from '../domain/limits.ts'
import type { ApprovedAction } from '../domain/offline/approved-action.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import type { OrderStep } from '../domain/transitions.ts'
import { holdGoods, leaveGoodsAndMoney } from '../usecases/hold-goods.ts'
import { letThrough, readApproval } from '../usecases/offline/approve-action.ts'
import { price } from '../usecases/price.ts'
import { type StepRequest, stepOrder } from '../usecases/step-order.ts'
import { tieUp } from '../usecases/tie-up.ts'
import { findStore } from './find-store.ts'
import { readApprovalText, readDiscount, readLines } from './read.ts'

const REASON_CHARACTERS_MOST = 200
const NOTE_CHARACTERS_MOST = 200

/** A step that changes nothing but where the order stands. */
function plainStep(
  context: Context,
  input: StepOrderInput,
  step: OrderStep,
  change: StepRequest['change'] = order => order,
) {
  if (!isUuid(input.id)) return notFound('order')
  return stepOrder(context, {
    id: input.id,
    version: input.version ?? undefined,
    step,
    permission: 'orders.order.change',
    change,
  })
}

export const confirmOrder: NonNullable<MutationResolvers['confirmOrder']> = async (_, { input }, context) =>
  plainStep(context, input, 'CONFIRM', async (order, session) => (await holdGoods(context, session, order)) ?? order)

export const prepareOrder: NonNullable<MutationResolvers['prepareOrder']> = async (_, { input }, context) =>
  plainStep(context, input, 'PREPARE')

export const readyOrder: NonNullable<MutationResolvers['readyOrder']> = async (_, { input }, context) =>
  plainStep(context, input, 'READY')

export const parkOrder: NonNullable<MutationResolvers['parkOrder']> = async (_, { input }, context) =>
  plainStep(context, input, 'PARK', order => ({ ...order, parkedAt: order.parkedAt ?? context.clock.now() }))

export const resumeOrder: NonNullable<MutationResolvers['resumeOrder']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('order')
  const given = input.registerId ?? requireCaller(context).registerId
  const registerId = readInput(() => ({ id: given == null ? null : readId('registerId', given) }))
  if (isInvalid(registerId)) return registerId
  const { id } = registerId
  const storeId = id === null ? undefined : await context.directory.storeOfRegister(peerCaller(context), id)
  return stepOrder(context, {
    id: input.id,
    version: input.version ?? undefined,
    step: 'RESUME',
    permission: 'orders.order.change',
    change: order =>
      id !== null && storeId !== order.storeId
        ? notFound('till in this store')
        : { ...order, parkedAt: null, registerId: id ?? order.registerId },
  })
}

export const cancelOrder: NonNullable<MutationResolvers['cancelOrder']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('order')
  const read = readInput(() => {
    const reason = readNote('reason', input.reason, REASON_CHARACTERS_MOST)
    if (reason === '') throw new InputFault('reason', 'Say why.')
    const registerId = input.registerId ?? requireCaller(context).registerId
    return {
      reason,
      registerId: registerId == null ? null : readId('registerId', registerId),
      ...readApprovalText(input.approval),
    }
  })
  if (isInvalid(read)) return read
  const known = read.approval === undefined ? undefined : await context.loaders.order.load(input.id)
  if (read.approval !== undefined && !known) return notFound('order')
  const action: ApprovedAction = {
    ...{ action: 'void', orderId: input.id, returnId: null, registerId: read.registerId },
    storeId: known?.storeId ?? '',
  }
  const given = await readApproval(context, action, read.approval)
  const answer = await stepOrder(context, {
    id: input.id,
    version: input.version ?? undefined,
    step: 'CANCEL',
    permission: 'orders.order.cancel',
    async change(order, session) {
      const asker = peerCaller(context)
      const [roles, ceilings] = await Promise.all([
        context.directory.rolesAt(asker, requireCaller(context).subject, order.storeId),
        context.directory.ceilingsOf(asker, order.storeId),
      ])
      const problem = cancelProblem(order, roles, ceilings)
      const amount = money(order.total, order.currency)
      const refused = await letThrough(context, session, { action, given, problem, amount, ceilings })
      if (refused) return refused
      await leaveGoodsAndMoney(context, session, order.id)
      return { ...order, cancelReason: read.reason }
    },
  })
  if (answer.__typename === 'ChangeOrderSuccess') await tieUp(context, requireCaller(context).tenantId, input.id)
  return answer
}

export const changeOrderLines: NonNullable<MutationResolvers['changeOrderLines']> = async (_, { input }, context) => {
  const known = isUuid(input.id) ? await context.loaders.order.load(input.id) : undefined
  // so that the store is at hand, and nothing waits for a second connection while the order is held
  if (!known || !(await findStore(context, known.storeId))) return notFound('order')
  return stepOrder(context, {
    id: input.id,
    version: input.version,
    step: 'CHANGE',
    permission: 'orders.order.change',
    async change(order, session) {
      const { currency } = order
      const lines = readInput(() =>
        changeLines(order.lines, {
          add: input.add?.length ? readLines(input.add, currency) : [],
          change: (input.change ?? []).map(({ lineId, quantity, discount, note }, index) => ({
            lineId,
            quantity:
              quantity == null
                ? undefined
                : InputFault.at(`change.${index}.quantity`, () => parseQuantity(quantity, 'positive')),
            discount: discount === undefined ? undefined : readDiscount(`change.${index}.discount`, discount, currency),
            note: note == null ? undefined : readNote(`change.${index}.note`, note, NOTE_CHARACTERS_MOST),
          })),
          remove: input.remove ?? [],
        }),
      )
      if (isInvalid(lines)) return lines
      const priced = await price(context, order.storeId, { lines, discount: order.orderDiscount })
      if (priced.__typename !== 'Priced') return priced
      const changed = { ...order, ...priced.order }
      const problem = order.status === 'CONFIRMED' ? await holdGoods(context, session, changed) : undefined
      return problem ?? changed
    },
  })
}
