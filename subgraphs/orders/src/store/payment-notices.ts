import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { PaymentNotice } from '../domain/payment-notice.ts'
import type { MailOutcome } from '../jobs/waiting-mails.ts'

const COLUMNS = `payment_id as "paymentId", order_id as "orderId", store_id as "storeId", register_id as "registerId", kind,
  tender, currency, amount, tip, decline_code as "declineCode", taken_at as "takenAt", raised_at as "raisedAt",
  closed_at as "closedAt", closed_by as "closedBy", mail_state as "mailState", mail_failure as "mailFailure"`

const RAISE = sql(`
  insert into payment_notice (tenant_id, payment_id, order_id, store_id, register_id, kind, tender, currency, amount, tip,
    decline_code, taken_at, raised_at, mail_state)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing`)

export type NewNotice = Omit<PaymentNotice, 'closedAt' | 'closedBy' | 'mailFailure'>

/** Keeps a notice of a payment; false where there is one. */
export async function raiseNotice(session: Session, notice: NewNotice): Promise<boolean> {
  const { paymentId, orderId, storeId, registerId, kind, tender, currency, amount, tip } = notice
  const { declineCode, takenAt, raisedAt, mailState } = notice
  const raised = await session.execute(RAISE, [
    ...[session.tenantId, paymentId, orderId, storeId, registerId, kind, tender, currency, amount, tip],
    ...[declineCode, takenAt, raisedAt, mailState],
  ])
  return raised === 1
}

/** A place in a list: when it was raised, and the payment. */
export type NoticePlace = [at: string, paymentId: string]

export interface NoticeNarrowing {
  /** Where the caller may see them. */
  readonly stores: 'all' | readonly string[]
  readonly open: boolean | undefined
}

const LIST = sql<PaymentNotice>(`
  select ${COLUMNS} from payment_notice
  where tenant_id = $1 and ($3::uuid[] is null or store_id = any($3)) and ($4::boolean is null or (closed_at is null) = $4)
    and ($5::timestamptz is null or (raised_at, payment_id) < ($5, $6::uuid))
  order by raised_at desc, payment_id desc limit $2`)

/** A page of notices and one more, the newest first. */
export function listNotices(
  database: Database,
  tenantId: string,
  { stores, open }: NoticeNarrowing,
  page: PageRequest<NoticePlace>,
): Promise<PaymentNotice[]> {
  const [at, id] = page.after ?? [null, null]
  const where = stores === 'all' ? null : stores
  return database.query(tenantId, LIST, [tenantId, page.first + 1, where, open ?? null, at, id])
}

const FIND = sql<PaymentNotice>(`select ${COLUMNS} from payment_notice where tenant_id = $1 and payment_id = $2`)

const CLOSE = sql(`
  update payment_notice set closed_at = $3, closed_by = $4
  where tenant_id = $1 and payment_id = $2 and closed_at is null`)

export async function findNotice(session: Session, paymentId: string): Promise<PaymentNotice | undefined> {
  return (await session.query(FIND, [session.tenantId, paymentId]))[0]
}

/** Notes who has seen to it first. */
export async function closeNotice(session: Session, paymentId: string, by: string | null, at: Date): Promise<void> {
  await session.execute(CLOSE, [session.tenantId, paymentId, at, by])
}

const TRY = sql<PaymentNotice>(`
  update payment_notice set mail_attempts = mail_attempts + 1
  where tenant_id = $1 and payment_id = $2 and mail_state = 'QUEUED' returning ${COLUMNS}`)

/** Counts a try to write to the managers; undefined where that was done or given up. */
export async function tryNoticeMail(database: Database, tenantId: string, paymentId: string) {
  return (await database.query(tenantId, TRY, [tenantId, paymentId]))[0]
}

const SETTLE = sql(`
  update payment_notice set mail_state = $3, mail_settled_at = $4, mail_failure = $5
  where tenant_id = $1 and payment_id = $2 and mail_state = 'QUEUED'`)

export async function settleNoticeMail(database: Database, tenantId: string, paymentId: string, outcome: MailOutcome) {
  await database.query(tenantId, SETTLE, [tenantId, paymentId, outcome.state, outcome.at, outcome.failure])
}
