import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { writeEvents } from '@tillgraph/kit/events/outbox'
import type { OfflineBooks, Till, TillPage } from '../../usecases/offline/offline-books.ts'
import { takeNumber } from '../open-orders.ts'
import { acceptedBeside, answeredAt, audit, closeAlarm, linksAround, raiseAlarm } from './offline-log.ts'
import { approvalIsUsed, claimOrder, insertOfflineOrder, mayUseNumber, spendApprovals } from './offline-orders.ts'
import { keepRecord, loadRecords } from './offline-records.ts'

const HOLD = sql(`
  insert into offline_till as known (tenant_id, register_id, store_id, first_received_at) values ($1, $2, $3, $4)
  on conflict (tenant_id, register_id) do update set store_id = excluded.store_id`)

/** To be told of a store whose orders have changed, after the commit. */
type Changed = (tenantId: string, storeIds: Iterable<string>) => void

/** The books in Postgres. Whoever decides holds the till's row, so that one decides after another. */
export function createPostgresBooks(database: Database, changed: Changed): OfflineBooks {
  return {
    async known({ tenantId, registerId }, hashes) {
      const records = await database.read(tenantId, session => loadRecords(session, registerId, hashes))
      return new Map(records.map(record => [record.hash, record]))
    },
    holding: (till, now, work) =>
      database.write(till.tenantId, async session => {
        await session.execute(HOLD, [till.tenantId, till.registerId, till.storeId, now])
        return work(pageOn(session, till, changed))
      }),
  }
}

function pageOn(session: Session, till: Till, changed: Changed): TillPage {
  return {
    known: async hash => (await loadRecords(session, till.registerId, [hash]))[0],
    around: (keyId, sequence) => linksAround(session, keyId, sequence),
    answeredAt: (keyId, sequence) => answeredAt(session, keyId, sequence),
    acceptedBeside: (keyId, sale, most) => acceptedBeside(session, keyId, sale, most),
    mayUseNumber: number => mayUseNumber(session, till, number),
    nextNumber: () => takeNumber(session, till.storeId),
    approvalIsUsed: id => approvalIsUsed(session, id),
    claimOrder: (orderId, now) => claimOrder(session, till.storeId, orderId, now),
    keep: record => keepRecord(session, record),
    complete(order, fingerprint) {
      session.afterCommit(() => changed(till.tenantId, [till.storeId]))
      return insertOfflineOrder(session, order, fingerprint)
    },
    spendApprovals: (approvals, orderId, now) => spendApprovals(session, approvals, orderId, now),
    raise: alarm => raiseAlarm(session, alarm),
    close: (alarm, now) => closeAlarm(session, alarm, now),
    audit: entry => audit(session, entry),
    tell: events => writeEvents(session, events),
  }
}
