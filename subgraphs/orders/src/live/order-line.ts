import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import type { Feed } from '@tillgraph/kit/live/feed'
import type { LineSource } from '@tillgraph/kit/live/version-line'
import type { OrderChange, OrderStatus } from '../domain/order.ts'
import { readOrderChangeInstant, readOrderChanges, readOrdersEnd, readOrdersSnapshot } from '../store/order-changes.ts'

export const ORDER_CHANNEL = 'orders.change'
const SNAPSHOT_MOST = 1_000

/** What somebody follows of a store: one order, or those in some statuses. */
export interface FollowedOrders {
  readonly orderId: string | null
  readonly statuses: readonly OrderStatus[]
}

/** Orders as they change, in the order of their store's versions. */
export type OrderFeed = Feed<OrderChange, FollowedOrders>

export function orderLine(database: Database): LineSource<OrderChange, FollowedOrders> {
  return {
    readEnd: ({ tenantId, lineId }) => readOrdersEnd(database, tenantId, lineId),
    readInstant: ({ tenantId, lineId }, version) => readOrderChangeInstant(database, tenantId, lineId, version),
    readBehind: ({ tenantId, lineId }, version, most) => readOrderChanges(database, tenantId, lineId, version, most),
    async readSnapshot({ tenantId, lineId }, what, after) {
      const found = await readOrdersSnapshot(database, tenantId, lineId, { ...what, after }, SNAPSHOT_MOST + 1)
      if (found.first.length > SNAPSHOT_MOST)
        throw refusal('BAD_USER_INPUT', `More than ${SNAPSHOT_MOST} orders would be told at once: begin without after.`)
      return found
    },
    versionOf: ({ version }) => version,
    tells({ orderId, statuses }) {
      const among = new Set(statuses)
      return ({ order, statusBefore }) =>
        orderId === null
          ? among.has(order.status) || (statusBefore !== null && among.has(statusBefore))
          : order.id === orderId
    },
  }
}
