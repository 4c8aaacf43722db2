import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import type { Feed } from '@tillgraph/kit/live/feed'
import type { LineSource } from '@tillgraph/kit/live/version-line'
import type { Delivery } from '../domain/delivery.ts'
import { readChangeInstant, readChanges, readSnapshot, readStoreEnd } from '../store/changes.ts'

export const DELIVERY_CHANNEL = 'delivery.change'
const SNAPSHOT_MOST = 1_000

/** What somebody follows of a store: its deliveries, or one of them, or those of one courier. */
export interface FollowedDeliveries {
  readonly deliveryId: string | null
  readonly courierId: string | null
}

/** Deliveries as they change, in the order of their store's versions. */
export type DeliveryFeed = Feed<Delivery, FollowedDeliveries>

export function deliveryLine(database: Database): LineSource<Delivery, FollowedDeliveries> {
  return {
    readEnd: ({ tenantId, lineId }) => readStoreEnd(database, tenantId, lineId),
    readInstant: ({ tenantId, lineId }, version) => readChangeInstant(database, tenantId, lineId, version),
    readBehind: ({ tenantId, lineId }, version, most) => readChanges(database, tenantId, lineId, version, most),
    async readSnapshot({ tenantId, lineId }, what, after) {
      const { deliveries, end } = await readSnapshot(
        database,
        { tenantId, storeId: lineId, ...what, after },
        SNAPSHOT_MOST + 1,
      )
      if (deliveries.length > SNAPSHOT_MOST)
        throw refusal(
          'BAD_USER_INPUT',
          `More than ${SNAPSHOT_MOST} deliveries would be told at once: list them instead.`,
        )
      return { first: deliveries, end }
    },
    versionOf: ({ version }) => version,
    tells:
      ({ deliveryId, courierId }) =>
      delivery =>
        (deliveryId === null || delivery.id === deliveryId) &&
        (courierId === null || delivery.courierId === courierId || delivery.courierBefore === courierId),
  }
}
