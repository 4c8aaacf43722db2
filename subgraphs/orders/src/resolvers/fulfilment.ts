import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { money } from '@tillgraph/rules/money'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  FulfilmentResolvers,
  MutationResolvers,
  OrderForDeliveryResolvers,
  QueryResolvers,
} from '../../generated/graphql.ts'
import { degreesOf, readFulfilment } from '../domain/fulfilment.ts'
import type { Order } from '../domain/order.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { listOrdersOfPartner, loadFulfilments } from '../store/fulfilments.ts'
import { listOrders, loadOrders, type OrderPlace } from '../store/orders.ts'
import { placeOrder as place, type WantedOrder } from '../usecases/open-order.ts'
import { findStore } from './find-store.ts'
import { readLines } from './read.ts'

const NOTE_CHARACTERS_MOST = 500
const REFERENCE_CHARACTERS_MOST = 100
const ORDERS_FOR_DELIVERY_MOST = 100

export const placeOrder: NonNullable<MutationResolvers['placeOrder']> = async (_, { input }, context) => {
  const caller = requireCaller(context)
  const store = await findStore(context, input.storeId)
  if (!store) return notFound('store')
  const wanted = readInput((): WantedOrder => {
    const fulfilment = readFulfilment(input.fulfilment, context.clock.now())
    if (!fulfilment) throw new InputFault('fulfilment.kind', 'What is placed is picked up or delivered.')
    const lines = input.lines.map(line => ({ ...line, discount: null }))
    return {
      id: readId('id', input.id),
      storeId: store.id,
      registerId: null,
      customerId: null,
      basket: { lines: readLines(lines, store.currency), discount: null },
      note: readNote('note', input.note, NOTE_CHARACTERS_MOST),
      fulfilment: {
        ...fulfilment,
        partnerId: caller.kind === 'partner' ? caller.subject : null,
        reference: readNote('reference', input.reference, REFERENCE_CHARACTERS_MOST) || null,
      },
    }
  })
  return isInvalid(wanted) ? wanted : place(context, wanted)
}

const MINE = 'my orders'

export const myOrders: NonNullable<QueryResolvers['myOrders']> = async (_, given, context) => {
  const caller = requireCaller(context)
  const page = readPage<OrderPlace>(MINE, 2, given)
  if (page.after && (!isUuid(page.after[1]) || Number.isNaN(Date.parse(page.after[0]))))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const { database } = context
  const stores = caller.storesWhere('orders.own.read')
  const rows =
    caller.kind === 'partner'
      ? await listOrdersOfPartner(database, caller.tenantId, caller.subject, page)
      : stores.length === 0
        ? []
        : await listOrders(database, caller.tenantId, { stores, cashierId: caller.subject }, page)
  return toConnection<Order, OrderPlace>(MINE, page, rows, ({ createdAt, id }) => [createdAt.toISOString(), id])
}

export const Fulfilment: FulfilmentResolvers = {
  latitude: ({ place }) => place && degreesOf(place.latitude),
  longitude: ({ place }) => place && degreesOf(place.longitude),
}

export const ordersForDelivery: NonNullable<QueryResolvers['ordersForDelivery']> = async (_, { ids }, context) => {
  if (ids.length > ORDERS_FOR_DELIVERY_MOST || !ids.every(isUuid))
    throw refusal('BAD_USER_INPUT', `ids must be at most ${ORDERS_FOR_DELIVERY_MOST} UUIDs`)
  const { tenantId } = requireCaller(context)
  const orders = await loadOrders(context.database, tenantId, ids)
  const fulfilments = new Map(
    (await loadFulfilments(context.database, tenantId, ids)).map(found => [found.orderId, found]),
  )
  return orders.map(order => ({ order, partnerId: fulfilments.get(order.id)?.partnerId ?? null }))
}

export const OrderForDelivery: OrderForDeliveryResolvers = {
  id: ({ order }) => order.id,
  storeId: ({ order }) => order.storeId,
  status: ({ order }) => order.status,
  total: ({ order }) => money(order.total, order.currency),
  // what was sold is paid
  owed: ({ order }) => money(order.completedAt ? 0n : order.total + order.cashRounding, order.currency),
}
