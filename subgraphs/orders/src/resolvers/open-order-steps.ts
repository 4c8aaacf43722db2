import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { parseQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers, StepOrderInput } from '../../generated/graphql.ts'
import { type Context, peerCaller } from '../context.ts'
import { changeLines } from '../domain/change-lines.ts'
import { InputFault } from '../domain/input-fault.ts'
import { cancelProblem } from '../domain/limits.ts'
import type { Order } from '../domain/order.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import type { OrderStep } from '../domain/transitions.ts'
import { price } from '../usecases/price.ts'
import { stepOrder } from '../usecases/step-order.ts'
import { findStore } from './find-store.ts'
import { readDiscount, readId, readLines, readNote } from './read.ts'

const REASON_CHARACTERS_MOST = 200
const NOTE_CHARACTERS_MOST = 200

/** A step that changes nothing but where the order stands. */
function plainStep(
  context: Context,
  input: StepOrderInput,
  step: OrderStep,
  change: (order: Order) => Order = order => order,
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
  plainStep(context, input, 'CONFIRM')

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
    return { reason }
  })
  if (isInvalid(read)) return read
  return stepOrder(context, {
    id: input.id,
    version: input.version ?? undefined,
    step: 'CANCEL',
    permission: 'orders.order.cancel',
    async change(order) {
      const asker = peerCaller(context)
      const [roles, ceilings] = await Promise.all([
        context.directory.rolesAt(asker, requireCaller(context).subject, order.storeId),
        context.directory.ceilingsOf(asker, order.storeId),
      ])
      return cancelProblem(order, roles, ceilings) ?? { ...order, cancelReason: read.reason }
    },
  })
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
    async change(order) {
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
      return priced.__typename === 'Priced' ? { ...order, ...priced.order } : priced
    },
  })
}
