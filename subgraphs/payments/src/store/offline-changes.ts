import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { isSettled, type OfflinePayment, type OfflinePaymentState } from '../domain/offline-payment.ts'
import { offlineColumns } from './offline-row.ts'

const COLUMNS = offlineColumns('p')

const END = sql<{ version: bigint }>('select version from offline_line where tenant_id = $1 and store_id = $2')

const CHANGED_AT = sql<{ at: Date }>(
  'select at from offline_change where tenant_id = $1 and store_id = $2 and version = $3',
)

interface Then {
  readonly thenVersion: bigint
  readonly thenState: OfflinePaymentState
  readonly thenTries: number
  readonly thenDeclineCode: string | null
  readonly thenLaidAsideAt: Date | null
  readonly thenReplacedBy: string | null
  readonly thenAt: Date
}

const CHANGES = sql<OfflinePayment & Then>(`
  select ${COLUMNS}, c.version as "thenVersion", c.state as "thenState", c.tries as "thenTries",
    c.decline_code as "thenDeclineCode", c.laid_aside_at as "thenLaidAsideAt", c.replaced_by as "thenReplacedBy",
    c.at as "thenAt"
  from offline_change c join offline_payment p on p.tenant_id = $1 and p.id = c.payment_id
  where c.tenant_id = $1 and c.store_id = $2 and c.version > $3 order by c.version limit $4`)

// One statement, so that the payments are those of the very version.
const snapshotOf = (which: string) =>
  sql<{ end: bigint } & (OfflinePayment | { id: null })>(`
    select coalesce((select version from offline_line where tenant_id = $1 and store_id = $2), 0) as end, ${COLUMNS}
    from (select) as one left join (
      select * from offline_payment where tenant_id = $1 and store_id = $2 and ${which} order by version limit $3
    ) p on true order by p.version`)

const OPEN = snapshotOf("replaced_by is null and state not in ('CAPTURED', 'DUPLICATE')")
const CHANGED_SINCE = snapshotOf('version > $4')

const FORGET = sql<{ n: number }>(`
  with old as (
    delete from offline_change where ctid = any(array(select ctid from offline_change where at < $1 limit $2)) returning 1
  ) select count(*)::int as n from old`)

/** The version of the latest change of a store's offline payments; 0 where there was none. */
export async function readOfflineEnd(database: Database, tenantId: string, storeId: string): Promise<bigint> {
  const [row] = await database.query(tenantId, END, [tenantId, storeId])
  return row?.version ?? 0n
}

export async function readOfflineInstant(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
): Promise<Date | undefined> {
  const [row] = await database.query(tenantId, CHANGED_AT, [tenantId, storeId, version])
  return row?.at
}

/** The changes of a store behind a version, in their order: each payment as it was after that change. */
export async function readOfflineChanges(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
  most: number,
): Promise<OfflinePayment[]> {
  const rows = await database.query(tenantId, CHANGES, [tenantId, storeId, version, most])
  return rows.map(
    ({ thenVersion, thenState, thenTries, thenDeclineCode, thenLaidAsideAt, thenReplacedBy, thenAt, ...now }) => ({
      ...now,
      version: thenVersion,
      state: thenState,
      tries: thenTries,
      declineCode: thenDeclineCode,
      laidAsideAt: thenLaidAsideAt,
      replacedBy: thenReplacedBy,
      changedAt: thenAt,
      settledAt: isSettled({ state: thenState }) ? now.settledAt : null,
    }),
  )
}

/** What nobody has paid yet, or what has changed since a version, each payment once; and where the line ended then. */
export async function readOfflineSnapshot(
  database: Database,
  tenantId: string,
  storeId: string,
  after: bigint,
  most: number,
) {
  const values = [tenantId, storeId, most]
  const rows = await (after === 0n
    ? database.query(tenantId, OPEN, values)
    : database.query(tenantId, CHANGED_SINCE, [...values, after]))
  const first = rows.flatMap(row => {
    if (row.id === null) return []
    const { end: _, ...payment } = row
    return [payment]
  })
  return { first, end: rows[0]?.end ?? 0n }
}

/** Forgets changes that are too old to be replayed, of all tenants; answers how many. */
export async function forgetOfflineChanges(acrossTenants: Database, before: Date, most: number): Promise<number> {
  const [row] = await acrossTenants.beforeTenant(FORGET, [before, most])
  return row?.n ?? 0
}
