import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import type { Feed } from '@tillgraph/kit/live/feed'
import type { LineSource } from '@tillgraph/kit/live/version-line'
import type { OfflinePayment } from '../domain/offline-payment.ts'
import {
  readOfflineChanges,
  readOfflineEnd,
  readOfflineInstant,
  readOfflineSnapshot,
} from '../store/offline-changes.ts'

export const OFFLINE_CHANNEL = 'payments.offline'
const SNAPSHOT_MOST = 1_000

/** The offline payments of a store, as they change. */
export type OfflineFeed = Feed<OfflinePayment, 'ALL'>

export function offlineLine(database: Database): LineSource<OfflinePayment, 'ALL'> {
  return {
    readEnd: ({ tenantId, lineId }) => readOfflineEnd(database, tenantId, lineId),
    readInstant: ({ tenantId, lineId }, version) => readOfflineInstant(database, tenantId, lineId, version),
    readBehind: ({ tenantId, lineId }, version, most) => readOfflineChanges(database, tenantId, lineId, version, most),
    async readSnapshot({ tenantId, lineId }, _, after) {
      const found = await readOfflineSnapshot(database, tenantId, lineId, after, SNAPSHOT_MOST + 1)
      if (found.first.length > SNAPSHOT_MOST)
        throw refusal(
          'BAD_USER_INPUT',
          `More than ${SNAPSHOT_MOST} payments would be told at once: list them, and begin after offlinePaymentSummary.version.`,
        )
      return found
    },
    versionOf: ({ version }) => version,
    tells: () => () => true,
  }
}
