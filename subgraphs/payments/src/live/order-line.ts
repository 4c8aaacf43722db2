import type { Database } from '@tillgraph/kit/database/session'
import type { Feed } from '@tillgraph/kit/live/feed'
import type { LineSource } from '@tillgraph/kit/live/version-line'
import type { OrderPaymentsChange } from '../domain/payment-change.ts'
import { readOrderChanges, readOrderEnd, readOrderInstant, readOrderNow } from '../store/payment-changes.ts'

export const ORDER_CHANNEL = 'payments.order'

/** In which stores whoever follows may look at payments. */
export type FollowedStores = readonly string[] | 'all'

/** The payments of an order, as they change; the line is the order. */
export type OrderFeed = Feed<OrderPaymentsChange, FollowedStores>

const mayTell = (stores: FollowedStores, { storeId, status }: OrderPaymentsChange) =>
  status !== null && (storeId === null || stores === 'all' || stores.includes(storeId))

export function orderLine(database: Database): LineSource<OrderPaymentsChange, FollowedStores> {
  return {
    readEnd: ({ tenantId, lineId }) => readOrderEnd(database, tenantId, lineId),
    readInstant: ({ tenantId, lineId }, version) => readOrderInstant(database, tenantId, lineId, version),
    readBehind: ({ tenantId, lineId }, version, most) => readOrderChanges(database, tenantId, lineId, version, most),
    async readSnapshot({ tenantId, lineId }, stores, after) {
      const now = await readOrderNow(database, tenantId, lineId)
      return {
        first: now.version > after || after === 0n ? [now].filter(one => mayTell(stores, one)) : [],
        end: now.version,
      }
    },
    versionOf: ({ version }) => version,
    tells: stores => change => mayTell(stores, change),
  }
}
