import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { OfflineLog } from '../domain/offline-log.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  k.register_id as "registerId", l.thumbprint, l.last_sequence as "lastSequence", l.unsent,
  l.reported_at as "reportedAt"`

// the key that is good counts; of a till that has none, the last one that was
const OF_REGISTERS = sql<OfflineLog>(`
  select distinct on (k.register_id) ${COLUMNS} from offline_log l
  join register_key k on k.tenant_id = l.tenant_id and k.thumbprint = l.thumbprint
  where k.tenant_id = $1 and k.register_id = any($2::uuid[])
  order by k.register_id, (k.revoked_at is null) desc, k.enrolled_at desc`)

const UNSENT = sql<OfflineLog>(`
  select ${COLUMNS} from offline_log l
  join register_key k on k.tenant_id = l.tenant_id and k.thumbprint = l.thumbprint
  where k.tenant_id = $1 and k.register_id = $2 and k.revoked_at is null and l.unsent > 0`)

// Reports overtake each other: a log only grows, and of one length it only gets emptier.
const REPORT = sql<{ thumbprint: string }>(`
  insert into offline_log as known (tenant_id, thumbprint, last_sequence, unsent, reported_at)
  select k.tenant_id, k.thumbprint, $4, $5, $6 from register_key k
  where k.tenant_id = $1 and k.register_id = $2 and k.thumbprint = $3
  on conflict (tenant_id, thumbprint) do update set
    unsent = case when excluded.last_sequence > known.last_sequence then excluded.unsent
             else least(excluded.unsent, known.unsent) end,
    last_sequence = excluded.last_sequence, reported_at = greatest(excluded.reported_at, known.reported_at)
  where excluded.last_sequence >= known.last_sequence
  returning thumbprint`)

const KEY = sql<{ thumbprint: string }>(`
  select thumbprint from register_key where tenant_id = $1 and register_id = $2 and thumbprint = $3`)

export function loadOfflineLogs(
  database: Database,
  tenantId: string,
  registerIds: readonly string[],
): Promise<OfflineLog[]> {
  return database.query(tenantId, OF_REGISTERS, [tenantId, registerIds])
}

/** What the till's present device has not sent; undefined when it holds nothing back. */
export async function unsentOf(work: Work, registerId: string): Promise<OfflineLog | undefined> {
  return (await work.query(UNSENT, [work.tenantId, registerId]))[0]
}

/** Writes down what a till says, unless it has said something newer. Answers whether this key is one of the till's. */
export async function saveReport(work: Work, report: OfflineLog): Promise<boolean> {
  const { registerId, thumbprint, lastSequence, unsent, reportedAt } = report
  const of = [work.tenantId, registerId, thumbprint]
  const saved = await work.query(REPORT, [...of, lastSequence, unsent, reportedAt])
  return saved.length > 0 || (await work.query(KEY, of)).length > 0
}
