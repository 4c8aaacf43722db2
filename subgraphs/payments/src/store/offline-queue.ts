import type { Clock } from '@tillgraph/kit/clock'
import { lostAgainstAnother, violatedConstraint } from '@tillgraph/kit/database/constraint'
import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { refusal } from '@tillgraph/kit/errors'
import { nudgeRelays } from '@tillgraph/kit/events/nudge'
import { outboxColumns } from '@tillgraph/kit/events/outbox'
import { createGatherer } from '@tillgraph/kit/gather'
import type { MakeId } from '@tillgraph/kit/ids'
import type { LineSignals } from '@tillgraph/kit/live/line-signals'
import type { Transfer } from '../domain/books.ts'
import { outcomeTransfers } from '../domain/offline-books.ts'
import type { OfflineOutcome, OfflinePayment } from '../domain/offline-payment.ts'
import { OFFLINE_FAILURES_MOST, type OfflinePatience, secondsAfter } from '../usecases/money-work.ts'
import { offlineOutcomeEvent } from '../usecases/offline-event.ts'
import type { Claim, OfflineQueue } from '../usecases/offline-queue.ts'
import { InsufficientFunds } from '../usecases/work-off-payment.ts'
import { arrayText } from './array-text.ts'
import { bigintAsText } from './books.ts'
import { offlineColumns } from './offline-row.ts'
import { takeInOffline } from './take-in-offline.ts'

/** Payments in one statement. */
const BATCH_PAYMENTS_MOST = 100
/** Two batches would wait for each other's lines of versions: one that is larger costs a commit less. */
const BATCHES_AT_ONCE = 1
const WAITING_MOST = 5_000

type ClaimedRow = OfflinePayment & { readonly won: boolean }

const CLAIM = sql<ClaimedRow>(`
  select won, ${offlineColumns('(payment)')} from claim_offline($1, $2, $3, $4::uuid[])`)

const MOVE = sql<{ storeId: string | null }>('select move_offline($1, $2, $3, $4, $5, $6) as "storeId"')

// A lease is what its holder was given: whoever holds another one is not asked any more.
const REMEMBER = sql<{ id: string }>(`
  update offline_payment p set reference = r.reference
  from unnest($2::uuid[], $3::timestamptz[], $4::text[]) r (id, lease, reference)
  where p.tenant_id = $1 and p.id = r.id and p.lease_until = r.lease and p.settled_at is null
  returning p.id`)

const FAILED = sql<{ failures: number }>(`
  update offline_payment set failures = failures + 1
  where tenant_id = $1 and id = $2 and settled_at is null and laid_aside_at is null returning failures`)

const SETTLE = sql<{ won: string[] }>(`
  select settle_offline($1, $2, $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb,
    $10::uuid[], $11::text[], $12::text[]) as won`)

export interface OfflineQueueOptions {
  readonly database: Database
  readonly clock: Clock
  readonly makeId: MakeId
  readonly standardProcessor: string | undefined
  readonly patience: OfflinePatience
  /** Tells who follows, after the commit. */
  readonly changed: LineSignals['changed']
  readonly ordersChanged: LineSignals['changed']
}

interface Settling {
  readonly tenantId: string
  readonly payment: OfflinePayment
  readonly outcome: OfflineOutcome
}

/** The queue of record in Postgres. Steps of one tenant that come at the same time share a statement and a commit. */
export function createOfflineQueue(options: OfflineQueueOptions): OfflineQueue {
  const { database, clock, makeId } = options
  const common = {
    weightOf: () => 1,
    batchWeightMost: BATCH_PAYMENTS_MOST,
    batchesAtOnce: BATCHES_AT_ONCE,
    waitingMost: WAITING_MOST,
    overfull: () => refusal('TOO_MANY_REQUESTS', 'Too many payments are being worked off here.'),
    oneMayBeAtFault: (error: unknown) => violatedConstraint(error) !== undefined || lostAgainstAnother(error),
    worthAnotherTry: lostAgainstAnother,
  }

  const claim = createGatherer<{ tenantId: string; id: string }, Claim>({
    ...common,
    groupOf: ({ tenantId }) => tenantId,
    keyOf: ({ id }) => id,
    async run(asked) {
      const tenantId = asked[0]?.tenantId ?? ''
      const now = clock.now()
      const leaseUntil = secondsAfter(now, options.patience.leaseSeconds)
      const rows = await database.query(tenantId, CLAIM, [
        tenantId,
        now,
        leaseUntil,
        arrayText(asked.map(one => one.id)),
      ])
      options.changed(
        tenantId,
        rows.filter(({ won }) => won).map(({ storeId }) => storeId),
      )
      const byId = new Map(rows.map(row => [row.id, row]))
      return asked.map(({ id }) => claimOf(byId.get(id), leaseUntil))
    },
  })

  const remember = createGatherer<{ tenantId: string; id: string; leaseUntil: Date; reference: string }, boolean>({
    ...common,
    groupOf: ({ tenantId }) => tenantId,
    keyOf: ({ id }) => id,
    async run(asked) {
      const tenantId = asked[0]?.tenantId ?? ''
      const rows = await database.query(tenantId, REMEMBER, [
        tenantId,
        arrayText(asked.map(({ id }) => id)),
        asked.map(({ leaseUntil }) => leaseUntil),
        asked.map(({ reference }) => reference),
      ])
      const ours = new Set(rows.map(({ id }) => id))
      return asked.map(({ id }) => ours.has(id))
    },
  })

  const settle = createGatherer<Settling, boolean>({
    ...common,
    groupOf: ({ tenantId }) => tenantId,
    keyOf: ({ payment }) => payment.id,
    async run(asked) {
      const tenantId = asked[0]?.tenantId ?? ''
      const now = clock.now()
      const events = outboxColumns(asked.map(({ payment, outcome }) => offlineOutcomeEvent(payment, outcome, now)))
      const transfers: Transfer[] = asked.flatMap(({ payment, outcome }) => [
        ...outcomeTransfers(payment, outcome, makeId),
      ])
      const captured = asked.map(({ outcome }) => (outcome.state === 'CAPTURED' ? outcome : undefined))
      const [row] = await database.query(tenantId, SETTLE, [
        tenantId,
        now,
        arrayText(asked.map(({ payment }) => payment.id)),
        asked.map(({ outcome }) => outcome.state),
        captured.map(one => one?.reference ?? null),
        captured.map(one => one?.brand ?? null),
        captured.map(one => one?.lastFour ?? null),
        asked.map(({ outcome }) => (outcome.state === 'CAPTURED' ? null : outcome.declineCode)),
        JSON.stringify(transfers, bigintAsText),
        arrayText(events.ids),
        events.names,
        events.payloads,
      ])
      const won = new Set(row?.won)
      const settled = asked.filter(({ payment }) => won.has(payment.id)).map(({ payment }) => payment)
      if (settled.length > 0) nudgeRelays('payments')
      options.changed(
        tenantId,
        settled.map(({ storeId }) => storeId),
      )
      options.ordersChanged(
        tenantId,
        settled.map(({ orderId }) => orderId),
      )
      return asked.map(({ payment }) => won.has(payment.id))
    },
  })

  async function move(
    tenantId: string,
    id: string,
    leaseUntil: Date | null,
    state: 'AUTHORISING' | 'UNKNOWN' | 'LAID_ASIDE',
    dueAt: Date | null,
  ): Promise<boolean> {
    const [row] = await database.query(tenantId, MOVE, [tenantId, clock.now(), id, leaseUntil, state, dueAt])
    if (!row?.storeId) return false
    options.changed(tenantId, [row.storeId])
    return true
  }

  return {
    async takeIn(tenantId, sale) {
      const { standardProcessor } = options
      await database.write(tenantId, session =>
        takeInOffline(session, sale, { standardProcessor, makeId, now: clock.now() }),
      )
      options.changed(tenantId, [sale.storeId])
      options.ordersChanged(tenantId, [sale.orderId])
    },
    claim: (tenantId, id) => claim({ tenantId, id }),
    sendingAgain: (tenantId, id, leaseUntil) => move(tenantId, id, leaseUntil, 'AUTHORISING', null),
    remember: (tenantId, id, leaseUntil, reference) => remember({ tenantId, id, leaseUntil, reference }),
    settle: (tenantId, payment, outcome) =>
      settle({ tenantId, payment, outcome }).catch(error => {
        if (violatedConstraint(error) === 'account_not_overdrawn')
          throw new InsufficientFunds('There is less on it than was taken', { cause: error })
        throw error
      }),
    async lookAgain(tenantId, id, leaseUntil, at) {
      await move(tenantId, id, leaseUntil, 'UNKNOWN', at)
    },
    async noteFailure(tenantId, id) {
      const [row] = await database.query(tenantId, FAILED, [tenantId, id])
      if (row && row.failures >= OFFLINE_FAILURES_MOST) await move(tenantId, id, null, 'LAID_ASIDE', null)
    },
    async layAside(tenantId, id) {
      await move(tenantId, id, null, 'LAID_ASIDE', null)
    },
  }
}

function claimOf(row: ClaimedRow | undefined, leaseUntil: Date): Claim {
  if (!row) return { outcome: 'OVER' }
  const { won, ...payment } = row
  if (won) return { outcome: 'CLAIMED', payment, leaseUntil }
  return payment.settledAt === null && payment.laidAsideAt === null && payment.leaseUntil !== null
    ? { outcome: 'HELD', until: payment.leaseUntil }
    : { outcome: 'OVER' }
}
