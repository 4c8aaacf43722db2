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
        const writes = inTheirOrder()
        writes.begin(session.execute(HOLD, [till.tenantId, till.registerId, till.storeId, now]))
        try {
          return await work(pageOn(session, till, changed, writes))
        } finally {
          // where one of them has failed, it is why whatever came after it failed too
          await writes.ended()
        }
      }),
  }
}

/**
 * Statements that nothing waits for but the commit. A connection carries them out in the order in which they were
 * begun, so what is read later sees them, and a transaction costs a few round trips instead of one for each statement.
 */
function inTheirOrder() {
  const begun: Promise<unknown>[] = []
  return {
    begin(statement: Promise<unknown>): void {
      // one that fails makes all that follow fail; it is told of at the end
      statement.catch(() => {})
      begun.push(statement)
    },
    ended: () => Promise.all(begun),
  }
}

function pageOn(session: Session, till: Till, changed: Changed, { begin }: ReturnType<typeof inTheirOrder>): TillPage {
  return {
    known: async hash => (await loadRecords(session, till.registerId, [hash]))[0],
    around: (keyId, sequence) => linksAround(session, keyId, sequence),
    answeredAt: (keyId, sequence) => answeredAt(session, keyId, sequence),
    acceptedBeside: (keyId, sale, most) => acceptedBeside(session, keyId, sale, most),
    mayUseNumber: number => mayUseNumber(session, till, number),
    nextNumber: () => takeNumber(session, till.storeId),
    approvalIsUsed: (id, orderId) => approvalIsUsed(session, id, orderId),
    claimOrder: (orderId, now) => claimOrder(session, till.storeId, orderId, now),
    keep: async record => begin(keepRecord(session, record)),
    async complete(order, fingerprint) {
      session.afterCommit(() => changed(till.tenantId, [till.storeId]))
      begin(insertOfflineOrder(session, order, fingerprint))
    },
    spendApprovals: async (approvals, orderId, now) => begin(spendApprovals(session, approvals, orderId, now)),
    raise: async alarm => begin(raiseAlarm(session, alarm)),
    close: async (alarm, now) => begin(closeAlarm(session, alarm, now)),
    audit: async entry => begin(audit(session, entry)),
    tell: async events => begin(writeEvents(session, events)),
  }
}
