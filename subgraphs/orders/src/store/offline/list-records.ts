import type { Database } from '@tillgraph/kit/database/session'
import { type Statement, sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { KeptRecord, OfflineAlarm, OfflineAuditEntry } from '../../domain/offline/offline-record.ts'
import { type OfflineRecordRow, RECORD_COLUMNS, readRecordRow } from './offline-records.ts'

/** Which records a list holds. `stores` is where the caller may see them. */
export interface RecordNarrowing {
  readonly stores: 'all' | readonly string[]
  readonly registerId?: string | undefined
  readonly outcome?: 'ACCEPTED' | 'REFUSED' | undefined
  readonly code?: string | undefined
  readonly from?: Date | undefined
  readonly until?: Date | undefined
}

/** A place in a list: when, and the hash. */
export type LoggedPlace = [at: string, hash: string]

const narrowings = {
  stores: (n: number) => `store_id = any($${n}::uuid[])`,
  registerId: (n: number) => `register_id = $${n}`,
  outcome: (n: number) => `outcome = $${n}`,
  code: (n: number) => `code = $${n}`,
  from: (n: number) => `received_at >= $${n}`,
  until: (n: number) => `received_at < $${n}`,
  open: (n: number) => `(closed_at is null) = $${n}::boolean`,
} as const

type Name = keyof typeof narrowings
type Values = readonly { readonly name: Name; readonly value: string | Date | boolean | readonly string[] }[]

// one for each set of narrowings that was asked for: never more than there are sets
const statements = new Map<string, Statement<unknown>>()

function statementOf<Row>(columns: string, table: string, at: string, names: readonly Name[], after: boolean) {
  const key = `${table} ${names.join()} ${after}`
  const known = statements.get(key) as Statement<Row> | undefined
  if (known) return known
  const conditions = ['tenant_id = $1', ...names.map((name, index) => narrowings[name](index + 3))]
  if (after) conditions.push(`(${at}, hash) < ($${names.length + 3}::timestamptz, $${names.length + 4}::text)`)
  const made = sql<Row>(
    `select ${columns} from ${table} where ${conditions.join(' and ')} order by ${at} desc, hash desc limit $2`,
  )
  statements.set(key, made)
  return made
}

/** Narrowings that were given, in a fixed order. */
function valuesOf(given: { readonly [N in Name]?: Values[number]['value'] | 'all' | undefined }): Values {
  return (Object.keys(narrowings) as Name[]).flatMap(name => {
    const value = given[name]
    return value === undefined || value === 'all' ? [] : [{ name, value }]
  })
}

/** A page of records and one more, the newest first. */
export async function listRecords(
  database: Database,
  tenantId: string,
  narrowing: RecordNarrowing,
  page: PageRequest<LoggedPlace>,
): Promise<KeptRecord[]> {
  const values = valuesOf(narrowing)
  const names = values.map(({ name }) => name)
  const after = page.after !== undefined
  const statement = statementOf<OfflineRecordRow>(RECORD_COLUMNS, 'offline_record', 'received_at', names, after)
  const given = [tenantId, page.first + 1, ...values.map(({ value }) => value), ...(page.after ?? [])]
  return (await database.query(tenantId, statement, given)).map(readRecordRow)
}

const ALARM_COLUMNS = `register_id as "registerId", store_id as "storeId", key_thumbprint as "keyId", kind, sequence, hash,
  raised_at as "raisedAt", closed_at as "closedAt"`

/** A page of alarms and one more, the newest first. */
export async function listAlarms(
  database: Database,
  tenantId: string,
  narrowing: Pick<RecordNarrowing, 'stores' | 'registerId'> & { readonly open?: boolean | undefined },
  page: PageRequest<LoggedPlace>,
): Promise<OfflineAlarm[]> {
  const values = valuesOf(narrowing)
  const names = values.map(({ name }) => name)
  const after = page.after !== undefined
  const statement = statementOf<OfflineAlarm>(ALARM_COLUMNS, 'offline_alarm', 'raised_at', names, after)
  return database.query(tenantId, statement, [
    tenantId,
    page.first + 1,
    ...values.map(({ value }) => value),
    ...(page.after ?? []),
  ])
}

const HISTORY = sql<OfflineAuditEntry>(`
  select id, register_id as "registerId", hash, action, code, note, actor, at from offline_audit
  where tenant_id = $1 and (register_id, hash) in (select * from unnest($2::uuid[], $3::text[]))
  order by at, id`)

/** What was decided about records, the oldest first. */
export function loadHistory(
  database: Database,
  tenantId: string,
  records: readonly Pick<KeptRecord, 'registerId' | 'hash'>[],
): Promise<OfflineAuditEntry[]> {
  return database.query(tenantId, HISTORY, [
    tenantId,
    records.map(({ registerId }) => registerId),
    records.map(({ hash }) => hash),
  ])
}
