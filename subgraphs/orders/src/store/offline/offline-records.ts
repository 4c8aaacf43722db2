import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import type { OfflineFaultCode } from '@tillgraph/rules/offline/fault'
import type { KeptRecord } from '../../domain/offline/offline-record.ts'

/** A row of offline_record. */
export interface OfflineRecordRow {
  readonly registerId: string
  readonly storeId: string
  readonly hash: string
  readonly jws: string
  readonly outcome: KeptRecord['outcome']
  readonly code: OfflineFaultCode | null
  readonly receivedAt: Date
  readonly submittedBy: string | null
  readonly keyId: string | null
  readonly sequence: number | null
  readonly inChain: boolean
  readonly previous: string | null
  readonly acknowledged: number | null
  readonly policyVersion: number | null
  readonly takenAt: Date | null
  readonly clockSkewMs: bigint | null
  readonly orderId: string | null
  readonly number: bigint | null
  readonly businessDate: string | null
  readonly cashierId: string | null
  readonly currency: string | null
  readonly total: bigint | null
  readonly value: bigint | null
  readonly admittedAt: Date | null
  readonly admittedBy: string | null
  readonly admitReason: string | null
}

export const RECORD_COLUMNS = `
  register_id as "registerId", store_id as "storeId", hash, jws, outcome, code, received_at as "receivedAt",
  submitted_by as "submittedBy", key_thumbprint as "keyId", sequence, in_chain as "inChain", previous, acknowledged,
  policy_version as "policyVersion", taken_at as "takenAt", clock_skew_ms as "clockSkewMs", order_id as "orderId", number,
  business_date as "businessDate", cashier_id as "cashierId", currency, total, value, admitted_at as "admittedAt",
  admitted_by as "admittedBy", admit_reason as "admitReason"`

export function readRecordRow(row: OfflineRecordRow): KeptRecord {
  const { registerId, storeId, hash, jws, outcome, code, receivedAt, submittedBy, inChain, keyId, sequence } = row
  const place = keyId === null || sequence === null ? null : { keyId, sequence, previous: row.previous ?? '' }
  const { acknowledged, policyVersion, takenAt, clockSkewMs, orderId, number, businessDate, cashierId, currency } = row
  const whole =
    place &&
    acknowledged !== null &&
    policyVersion !== null &&
    takenAt !== null &&
    clockSkewMs !== null &&
    orderId !== null &&
    number !== null &&
    businessDate !== null &&
    cashierId !== null &&
    currency !== null &&
    row.total !== null
  const read = whole
    ? {
        ...{ ...place, acknowledged, policyVersion, takenAt, orderId, number, businessDate, cashierId },
        ...{
          clockSkewMs: Number(clockSkewMs),
          currency: parseCurrencyCode(currency),
          total: row.total,
          value: row.value,
        },
      }
    : null
  const admitted =
    row.admittedAt === null ? null : { at: row.admittedAt, by: row.admittedBy, reason: row.admitReason ?? '' }
  return {
    ...{ registerId, storeId, hash, jws, outcome, code, receivedAt, submittedBy, place, inChain, read, admitted },
  }
}

const LOAD = sql<OfflineRecordRow>(
  `select ${RECORD_COLUMNS} from offline_record where tenant_id = $1 and register_id = $2 and hash = any($3::text[])`,
)

export async function loadRecords(session: Session, registerId: string, hashes: readonly string[]) {
  return (await session.query(LOAD, [session.tenantId, registerId, hashes])).map(readRecordRow)
}

const OF_ORDERS = sql<OfflineRecordRow>(
  `select ${RECORD_COLUMNS} from offline_record
   where tenant_id = $1 and order_id = any($2::uuid[]) and outcome = 'ACCEPTED'`,
)

/** The records that orders came from. */
export async function loadRecordsOfOrders(database: Database, tenantId: string, orderIds: readonly string[]) {
  return (await database.query(tenantId, OF_ORDERS, [tenantId, orderIds])).map(readRecordRow)
}

const KEEP = sql(`
  insert into offline_record as r (tenant_id, register_id, hash, store_id, jws, outcome, code, received_at, submitted_by,
    key_thumbprint, sequence, in_chain, previous, acknowledged, policy_version, taken_at, clock_skew_ms, order_id, number,
    business_date, cashier_id, currency, total, value, admitted_at, admitted_by, admit_reason)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27)
  on conflict (tenant_id, register_id, hash) do update set outcome = excluded.outcome, admitted_at = excluded.admitted_at,
    admitted_by = excluded.admitted_by, admit_reason = excluded.admit_reason`)

/** Keeps a record with its verdict, or that it was let through. */
export async function keepRecord(session: Session, record: KeptRecord): Promise<void> {
  const { place, read, admitted } = record
  await session.execute(KEEP, [
    ...[session.tenantId, record.registerId, record.hash, record.storeId, record.jws, record.outcome, record.code],
    ...[record.receivedAt, record.submittedBy, place?.keyId ?? null, place?.sequence ?? null, record.inChain],
    ...[place?.previous ?? null, read?.acknowledged ?? null, read?.policyVersion ?? null, read?.takenAt ?? null],
    ...[read?.clockSkewMs ?? null, read?.orderId ?? null, read?.number ?? null, read?.businessDate ?? null],
    ...[read?.cashierId ?? null, read?.currency ?? null, read?.total ?? null, read?.value ?? null],
    ...[admitted?.at ?? null, admitted?.by ?? null, admitted?.reason ?? null],
  ])
}
