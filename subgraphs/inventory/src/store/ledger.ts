import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Stock } from '../domain/stock.ts'
import { arrayText } from './array-text.ts'
import {
  MOVEMENT_COLUMNS,
  MOVEMENT_TABLES,
  type MovementRow,
  STOCK_COLUMNS,
  type StockRow,
  toStock,
  toStockAfter,
} from './stock-rows.ts'

// versions are given out under the store's lock, so that what is seen here has nothing uncommitted before it; what lies
// behind `since` spares a look into old months
const BEHIND = sql<MovementRow>(`
  select ${MOVEMENT_COLUMNS} from ${MOVEMENT_TABLES}
  where movement.tenant_id = $1 and movement.store_id = $2 and movement.version > $3 and movement.at >= $4
  order by movement.version limit $5`)

/** The stocks of a store after each movement behind a version, in order; only movements since an instant. */
export async function readLedger(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
  since: Date,
  limit: number,
): Promise<Stock[]> {
  return (await database.query(tenantId, BEHIND, [tenantId, storeId, version, since, limit])).map(toStockAfter)
}

const END = sql<{ version: bigint }>('select version from stock_ledger where tenant_id = $1 and store_id = $2')

/** The version that a store's ledger ends with; 0 before anything has moved. */
export async function readLedgerEnd(database: Database, tenantId: string, storeId: string): Promise<bigint> {
  return (await database.query(tenantId, END, [tenantId, storeId]))[0]?.version ?? 0n
}

const FIRST_AT = sql<{ at: Date }>(`
  select at from movement where tenant_id = $1 and store_id = $2 and version = $3`)

/** When a version was made; undefined when there is none such. */
export async function readVersionInstant(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
): Promise<Date | undefined> {
  return (await database.query(tenantId, FIRST_AT, [tenantId, storeId, version]))[0]?.at
}

const snapshot = (narrowed: string) =>
  sql<StockRow & { ledger_end: bigint }>(`
    select ${STOCK_COLUMNS}, ledger.version as ledger_end
    from stock_ledger ledger left join stock on stock.tenant_id = ledger.tenant_id and stock.store_id = ledger.store_id
      and stock.version > $3 ${narrowed}
    where ledger.tenant_id = $1 and ledger.store_id = $2
    order by stock.version limit $4`)

const ALL = snapshot('')
const LOW = snapshot('and stock.low')
const OF = snapshot('and stock.product_id = any ($5::uuid[])')

export interface Snapshot {
  /** In ascending version. */
  readonly stocks: readonly Stock[]
  /** Where the ledger ended when they were read. */
  readonly end: bigint
}

/** The stocks that have changed since a version, as they are, and where the ledger ends, both at the same moment. */
export async function readSnapshot(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
  which: 'all' | 'low' | readonly string[],
  limit: number,
): Promise<Snapshot> {
  const values = [tenantId, storeId, version, limit]
  const rows =
    typeof which === 'string'
      ? await database.query(tenantId, which === 'low' ? LOW : ALL, values)
      : await database.query(tenantId, OF, [...values, arrayText(which)])
  // a ledger without such stocks gives one row of nulls
  const stocks = rows.filter(row => row.store_id !== null).map(toStock)
  return { stocks, end: rows[0]?.ledger_end ?? 0n }
}
