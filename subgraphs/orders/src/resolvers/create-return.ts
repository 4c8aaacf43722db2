import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { parseQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { peerCaller } from '../context.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { createReturn as create, type WantedReturn } from '../usecases/create-return.ts'
import { readApprovalText } from './read.ts'

const LINES_MOST = 200
const REASON_CHARACTERS_MOST = 200

export const createReturn: NonNullable<MutationResolvers['createReturn']> = async (_, { input }, context) => {
  const caller = requireCaller(context)
  const order = isUuid(input.orderId) ? await context.loaders.order.load(input.orderId) : undefined
  if (!order || !caller.may('orders.return.create', order.storeId)) return notFound('order')
  const registerId = input.registerId ?? caller.registerId
  const wanted = readInput((): WantedReturn => {
    const { lines, restock } = input
    if (lines.length === 0 || lines.length > LINES_MOST)
      throw new InputFault('lines', `There must be 1 to ${LINES_MOST} lines.`)
    if (new Set(lines.map(({ lineId }) => lineId)).size < lines.length)
      throw new InputFault('lines', 'A line is named twice.')
    const reason = readNote('reason', input.reason, REASON_CHARACTERS_MOST)
    if (reason === '') throw new InputFault('reason', 'Say why.')
    return {
      id: readId('id', input.id),
      orderId: order.id,
      lines: lines.map(({ lineId, quantity }, index) => ({
        lineId,
        quantity: InputFault.at(`lines.${index}.quantity`, () => parseQuantity(quantity, 'positive')),
      })),
      reason,
      restock,
      registerId: registerId == null ? null : readId('registerId', registerId),
      ...readApprovalText(input.approval),
    }
  })
  if (isInvalid(wanted)) return wanted
  if (wanted.registerId) {
    const storeId = await context.directory.storeOfRegister(peerCaller(context), wanted.registerId)
    if (storeId !== order.storeId) return notFound('till in this store')
  }
  return create(context, order, wanted)
}
