import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers, QueryResolvers, ReserveStockInput } from '../../generated/graphql.ts'
import { readBasket } from '../domain/basket.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { readId } from '../domain/read.ts'
import { loadReservation } from '../store/reservations.ts'
import { holdStock as hold } from '../usecases/hold-stock.ts'
import { returnStock as takeBack } from '../usecases/return-stock.ts'
import { commitStock as commit, releaseStock as release, unsellStock as unsell } from '../usecases/settle-stock.ts'
import { reserveStock as reserve, sellStock as sell } from '../usecases/take-stock.ts'

const RESERVED_SECONDS = 900
const RESERVED_SECONDS_MOST = 86_400

function readWanted(input: ReserveStockInput) {
  return readInput(() => {
    const expiresInSeconds = input.expiresInSeconds ?? RESERVED_SECONDS
    if (expiresInSeconds < 1 || expiresInSeconds > RESERVED_SECONDS_MOST)
      throw new InputFault('expiresInSeconds', `This must be 1 to ${RESERVED_SECONDS_MOST}.`)
    return {
      orderId: readId('orderId', input.orderId),
      storeId: readId('storeId', input.storeId),
      basket: readBasket(input.lines),
      expiresInSeconds,
      offline: input.offline ?? false,
    }
  })
}

export const reserveStock: NonNullable<MutationResolvers['reserveStock']> = async (_, { input }, context) => {
  const wanted = readWanted(input)
  return isInvalid(wanted) ? wanted : reserve(context, { ...wanted, offline: false })
}

export const holdStock: NonNullable<MutationResolvers['holdStock']> = async (_, { input }, context) => {
  const wanted = readWanted(input)
  return isInvalid(wanted) ? wanted : hold(context, wanted)
}

export const sellStock: NonNullable<MutationResolvers['sellStock']> = async (_, { input }, context) => {
  const wanted = readWanted(input)
  return isInvalid(wanted) ? wanted : sell(context, wanted)
}

export const commitStock: NonNullable<MutationResolvers['commitStock']> = async (_, { orderId }, context) =>
  isUuid(orderId) ? commit(context, orderId) : notFound('reservation')

export const releaseStock: NonNullable<MutationResolvers['releaseStock']> = async (_, { orderId }, context) =>
  release(context, readId('orderId', orderId))

export const unsellStock: NonNullable<MutationResolvers['unsellStock']> = async (_, { orderId }, context) =>
  unsell(context, readId('orderId', orderId))

export const returnStock: NonNullable<MutationResolvers['returnStock']> = async (_, { input }, context) => {
  const given = readInput(() => ({
    returnId: readId('returnId', input.returnId),
    orderId: readId('orderId', input.orderId),
    storeId: readId('storeId', input.storeId),
    basket: readBasket(input.lines),
    restock: input.restock,
  }))
  return isInvalid(given) ? given : takeBack(context, given)
}

export const reservationOfOrder: NonNullable<QueryResolvers['reservationOfOrder']> = async (
  _,
  { orderId },
  context,
) => {
  if (!isUuid(orderId)) return null
  const found = await loadReservation(context.database, requireCaller(context).tenantId, orderId)
  if (!found) return null
  const lines = found.lines.map(({ productId, quantity }) => ({ productId, quantity: formatQuantity(quantity) }))
  return { ...found, lines }
}
