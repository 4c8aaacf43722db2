import pg from 'pg'
import type { EventJob } from './event-job.ts'

const CONNECTIONS = 2
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 15_000
const LOCK_TIMEOUT_MS = 30_000
/** Longer than queues may take to answer: a batch that hangs is undone, and sent again. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
const BATCH_EVENTS = 200
const PAGE_EVENTS = 500

const columns = `tenant_id as "tenantId", id, name, aggregate_id as "aggregateId", payload, created_at as "createdAt"`

const BATCH_LOCK = 'select pg_advisory_xact_lock_shared(hashtext($1), hashtext($2))'
const BATCHES_DONE = 'select pg_advisory_xact_lock(hashtext($1), hashtext($2))'
const TAKE = `
  select ${columns} from outbox where sent_at is null order by created_at, id limit ${BATCH_EVENTS} for update skip locked`
const MARK_SENT = `
  update outbox set sent_at = clock_timestamp()
  from unnest($1::uuid[], $2::uuid[]) as sent (tenant_id, id)
  where outbox.tenant_id = sent.tenant_id and outbox.id = sent.id`
const SENT_PAGE = `
  select ${columns}, sent_at::text as sent from outbox
  where sent_at is not null and (sent_at, id) > ($1::timestamptz, $2::uuid)
  order by sent_at, id limit ${PAGE_EVENTS}`
const OLD_PAGE = `
  select tenant_id as "tenantId", id, name, sent_at as "sentAt", sent_at::text as sent from outbox
  where sent_at is not null and sent_at < $3 and (sent_at, id) > ($1::timestamptz, $2::uuid)
  order by sent_at, id limit ${PAGE_EVENTS}`
const FORGET = `
  delete from outbox using unnest($1::uuid[], $2::uuid[]) as old (tenant_id, id)
  where outbox.tenant_id = old.tenant_id and outbox.id = old.id`
const FORGET_HEARD = `
  delete from inbox where (tenant_id, consumer, event_id) in
    (select tenant_id, consumer, event_id from inbox where received_at < $1 limit 5000)`
const BACKLOG = `
  select count(*)::int as unsent, min(created_at) as oldest
  from (select created_at from outbox where sent_at is null order by created_at limit 10000) as waiting`

const FIRST_ID = '00000000-0000-0000-0000-000000000000'
const BATCH_LOCK_NAME = 'tillgraph relay batch'

interface Row {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly aggregateId: string
  readonly payload: unknown
  readonly createdAt: Date
}

/** A sent event that is old enough to be forgotten. */
export interface OldEvent {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly sentAt: Date
}

export type RelayOutbox = ReturnType<typeof connectOutbox>

/** The outbox of a schema across all tenants, as its relay role. */
export function connectOutbox(relayUrl: string, schema: string) {
  const pool = new pg.Pool({
    connectionString: relayUrl,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: `tillgraph ${schema} relay`,
    pipeline: true,
    options: [
      `-c search_path=${schema}`,
      `-c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      `-c lock_timeout=${LOCK_TIMEOUT_MS}`,
      `-c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
    ].join(' '),
  } as pg.PoolConfig)
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))

  /**
   * Takes unsent events, the oldest first, hands them over, and marks them sent once that has succeeded. Events that
   * another relay has in hand are passed by. Gives how many; `full` when there may be more.
   */
  async function sendBatch(hand: (events: readonly EventJob[]) => Promise<void>) {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      const before = Promise.all([client.query('begin'), client.query(BATCH_LOCK, [BATCH_LOCK_NAME, schema])])
      before.catch(() => {})
      const { rows } = await client.query<Row>(TAKE)
      await before
      if (rows.length > 0) {
        await hand(rows.map(toJob))
        await client.query(MARK_SENT, [rows.map(row => row.tenantId), rows.map(row => row.id)])
      }
      await client.query('commit')
      return { sent: rows.length, full: rows.length === BATCH_EVENTS }
    } catch (error) {
      await client.query('rollback').catch(failure => {
        broken = failure
      })
      throw error
    } finally {
      client.release(broken)
    }
  }

  /** Waits until every batch that is under way at this moment, at any relay, has ended. */
  async function batchesDone(): Promise<void> {
    await pool.query(BATCHES_DONE, [BATCH_LOCK_NAME, schema])
  }

  async function* pages<Found extends { readonly id: string; readonly sent: string }>(
    text: string,
    since: string,
    more: readonly unknown[] = [],
  ): AsyncGenerator<readonly Found[]> {
    let place = [since, FIRST_ID]
    for (;;) {
      const { rows } = await pool.query<Found>(text, [...place, ...more])
      if (rows.length > 0) yield rows
      const last = rows.at(-1)
      if (rows.length < PAGE_EVENTS || !last) return
      place = [last.sent, last.id]
    }
  }

  return {
    sendBatch,
    batchesDone,
    /** What was sent since a moment (as Postgres writes it), page by page, in the order in which it was sent. */
    async *sentSince(since: string): AsyncGenerator<readonly EventJob[]> {
      for await (const rows of pages<Row & { sent: string }>(SENT_PAGE, since)) yield rows.map(toJob)
    },
    /** A moment that much before another, both as Postgres writes them. */
    async before(moment: string, interval: string): Promise<string> {
      const { rows } = await pool.query<{ moment: string }>('select ($1::timestamptz - $2::interval)::text as moment', [
        moment,
        interval,
      ])
      return rows[0]?.moment ?? moment
    },
    sentBefore: (cutoff: Date) => pages<OldEvent & { sent: string }>(OLD_PAGE, '-infinity', [cutoff]),
    async forget(events: readonly OldEvent[]): Promise<void> {
      await pool.query(FORGET, [events.map(event => event.tenantId), events.map(event => event.id)])
    },
    /** Forgets what was heard before a moment, a batch at a time. Gives how many; none when it is done. */
    async forgetHeard(cutoff: Date): Promise<number> {
      return (await pool.query(FORGET_HEARD, [cutoff])).rowCount ?? 0
    },
    async backlog(): Promise<{ readonly unsent: number; readonly oldest: Date | null }> {
      const { rows } = await pool.query<{ unsent: number; oldest: Date | null }>(BACKLOG)
      return rows[0] ?? { unsent: 0, oldest: null }
    },
    close: () => pool.end(),
  }
}

function toJob({ createdAt, ...row }: Row): EventJob {
  return {
    id: row.id,
    name: row.name,
    tenantId: row.tenantId,
    aggregateId: row.aggregateId,
    payload: row.payload,
    at: createdAt.toISOString(),
  }
}
