import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { parseQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { peerCaller } from '../context.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { createExchange as exchange, type WantedExchange } from '../usecases/create-exchange.ts'
import { findStore } from './find-store.ts'
import { readDiscount, readLines, readTenders } from './read.ts'

const LINES_MOST = 200
const REASON_CHARACTERS_MOST = 200

export const createExchange: NonNullable<MutationResolvers['createExchange']> = async (_, { input }, context) => {
  const caller = requireCaller(context)
  const order = isUuid(input.orderId) ? await context.loaders.order.load(input.orderId) : undefined
  const store = order && (await findStore(context, order.storeId))
  const isTheirs =
    caller.may('orders.return.create', order?.storeId) && caller.may('orders.order.complete', order?.storeId)
  if (!order || !store || !isTheirs) return notFound('order')
  const registerId = input.registerId ?? caller.registerId
  const wanted = readInput((): WantedExchange => {
    const { returnLines } = input
    if (returnLines.length === 0 || returnLines.length > LINES_MOST)
      throw new InputFault('returnLines', `There must be 1 to ${LINES_MOST} lines.`)
    if (new Set(returnLines.map(({ lineId }) => lineId)).size < returnLines.length)
      throw new InputFault('returnLines', 'A line is named twice.')
    const reason = readNote('reason', input.reason, REASON_CHARACTERS_MOST)
    if (reason === '') throw new InputFault('reason', 'Say why.')
    return {
      id: readId('id', input.id),
      orderId: order.id,
      newOrderId: readId('newOrderId', input.newOrderId),
      back: returnLines.map(({ lineId, quantity }, index) => ({
        lineId,
        quantity: InputFault.at(`returnLines.${index}.quantity`, () => parseQuantity(quantity, 'positive')),
      })),
      basket: {
        lines: readLines(input.lines, store.currency),
        discount: readDiscount('discount', input.discount, store.currency),
      },
      tenders: readTenders(input.tenders ?? [], store.currency),
      reason,
      restock: input.restock,
      registerId: registerId == null ? null : readId('registerId', registerId),
    }
  })
  if (isInvalid(wanted)) return wanted
  if (wanted.registerId) {
    const storeId = await context.directory.storeOfRegister(peerCaller(context), wanted.registerId)
    if (storeId !== order.storeId) return notFound('till in this store')
  }
  return exchange(context, order, wanted)
}
