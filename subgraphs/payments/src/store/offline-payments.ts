import type { Database, Session } from '@tillgraph/kit/database/session'
import { type SqlValue, sql } from '@tillgraph/kit/database/statement'
import type { OfflinePayment, OfflinePaymentState } from '../domain/offline-payment.ts'
import { offlineColumns } from './offline-row.ts'

const COLUMNS = offlineColumns('p')

const BY_ID = sql<OfflinePayment>(`
  select ${COLUMNS} from offline_payment p where p.tenant_id = $1 and p.id = any($2::uuid[])`)

const LOCK = sql<OfflinePayment>(`
  select ${COLUMNS} from offline_payment p where p.tenant_id = $1 and p.id = $2 for update`)

const INSERT = sql(`
  insert into offline_payment (tenant_id, id, order_id, store_id, register_id, cashier_id, customer_id, tender, processor,
    state, currency, amount, tip, token, reference, gift_card_id, brand, last_four, decline_code, owed_in, taken_at,
    accepted_at, expires_at, due_at, changed_at, settled_at, replaces)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
    case when $25::timestamptz is null then $24::timestamptz end, $24, $25, $26)`)

const OPEN_LINE = sql('insert into offline_line (tenant_id, store_id) values ($1, $2) on conflict do nothing')

const NOTE = sql('select note_offline_changes($1, $2, $3::uuid[])')

const REPLACE = sql(
  'update offline_payment set replaced_by = $3 where tenant_id = $1 and id = $2 and replaced_by is null',
)

const PUT_BACK = sql(`
  update offline_payment set laid_aside_at = null, due_at = $3, tries = 0, failures = 0, round = round + 1
  where tenant_id = $1 and id = $2 and laid_aside_at is not null`)

export function loadOfflinePayments(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<OfflinePayment[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

export async function findOfflinePayment(
  session: Pick<Session, 'query' | 'tenantId'>,
  id: string,
): Promise<OfflinePayment | undefined> {
  const [payment] = await session.query(BY_ID, [session.tenantId, [id]])
  return payment
}

/** The order must be locked. */
export async function lockOfflinePayment(session: Session, id: string): Promise<OfflinePayment | undefined> {
  const [payment] = await session.query(LOCK, [session.tenantId, id])
  return payment
}

/** Writes payments of one store, each as the next change of it. */
export async function insertOfflinePayments(
  session: Session,
  payments: readonly OfflinePayment[],
  now: Date,
): Promise<void> {
  const [first] = payments
  if (!first) return
  for (const payment of payments) await session.execute(INSERT, [session.tenantId, ...valuesOf(payment)])
  await session.execute(OPEN_LINE, [session.tenantId, first.storeId])
  await noteOfflineChanges(
    session,
    payments.map(({ id }) => id),
    now,
  )
}

function valuesOf(payment: OfflinePayment): SqlValue[] {
  return [
    payment.id,
    payment.orderId,
    payment.storeId,
    payment.registerId,
    payment.cashierId,
    payment.customerId,
    payment.tender,
    payment.processor,
    payment.state,
    payment.currency,
    payment.amount,
    payment.tip,
    payment.token,
    payment.reference,
    payment.giftCardId,
    payment.brand,
    payment.lastFour,
    payment.declineCode,
    payment.owedIn,
    payment.takenAt,
    payment.acceptedAt,
    payment.expiresAt,
    payment.changedAt,
    payment.settledAt,
    payment.replaces,
  ]
}

export async function noteOfflineChanges(session: Session, ids: readonly string[], now: Date): Promise<void> {
  await session.query(NOTE, [session.tenantId, now, ids])
}

/** Notes by which payment another was tried again; the payment must be locked. */
export async function replaceOfflinePayment(session: Session, id: string, by: string): Promise<void> {
  await session.execute(REPLACE, [session.tenantId, id, by])
}

/** Puts a payment that was laid aside back into the queue; it must be locked. */
export async function putBack(session: Session, id: string, now: Date): Promise<void> {
  await session.execute(PUT_BACK, [session.tenantId, id, now])
}

export interface OfflineFilter {
  readonly states: readonly OfflinePaymentState[] | null
  readonly registerId: string | null
  readonly takenBefore: Date | null
}

const list = (which: string) =>
  sql<OfflinePayment>(`
    select ${COLUMNS} from offline_payment p where p.tenant_id = $1 and p.store_id = $2 and ${which}
      and ($3::uuid is null or p.register_id = $3) and ($4::timestamptz is null or p.taken_at < $4)
      and ($5::timestamptz is null or (p.taken_at, p.id) > ($5, $6::uuid))
    order by p.taken_at, p.id limit $7`)

const LIST_OPEN = list("p.replaced_by is null and p.state not in ('CAPTURED', 'DUPLICATE')")
const LIST_STATES = list('p.state = any($8::text[])')

/** The oldest first, because those want to be looked after. Without states: whatever is not paid yet. */
export function listOfflinePayments(
  database: Database,
  tenantId: string,
  storeId: string,
  filter: OfflineFilter,
  after: readonly [string, string] | undefined,
  limit: number,
): Promise<OfflinePayment[]> {
  const [at, id] = after ?? [null, null]
  const values = [tenantId, storeId, filter.registerId, filter.takenBefore, at, id, limit]
  if (filter.states !== null) return database.query(tenantId, LIST_STATES, [...values, filter.states])
  return database.query(tenantId, LIST_OPEN, values)
}

export interface OfflineSum {
  readonly state: OfflinePaymentState
  readonly laidAside: boolean
  readonly payments: number
  readonly minor: bigint
  readonly oldest: Date
}

const SUMS = sql<OfflineSum>(`
  select p.state, p.laid_aside_at is not null as "laidAside", count(*)::int as payments,
    sum(p.amount + p.tip)::bigint as minor, min(p.taken_at) as oldest
  from offline_payment p
  where p.tenant_id = $1 and p.store_id = $2 and p.replaced_by is null and p.state not in ('CAPTURED', 'DUPLICATE')
  group by 1, 2 order by 1, 2`)

/** What of a store's offline payments is not paid yet, by state. */
export function sumOfflinePayments(database: Database, tenantId: string, storeId: string): Promise<OfflineSum[]> {
  return database.query(tenantId, SUMS, [tenantId, storeId])
}
