import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'

export interface InventorySummary {
  readonly products: number
  readonly inStock: number
  readonly low: number
  readonly out: number
  readonly belowZero: number
  readonly version: number
}

// one snapshot for the counts and the version, so that a subscription after it misses nothing
const SUMMARY = sql<{ [Count in keyof InventorySummary]: bigint }>(`
  select count(*) as products, count(*) filter (where on_hand > reserved) as "inStock",
    count(*) filter (where low) as low, count(*) filter (where on_hand <= reserved) as out,
    count(*) filter (where on_hand < 0) as "belowZero",
    coalesce((select version from stock_ledger where tenant_id = $1 and store_id = $2), 0) as version
  from stock where tenant_id = $1 and store_id = $2`)

export async function readSummary(database: Database, tenantId: string, storeId: string): Promise<InventorySummary> {
  const [row] = await database.query(tenantId, SUMMARY, [tenantId, storeId])
  if (!row) throw new Error('A count answers with one row')
  return {
    products: Number(row.products),
    inStock: Number(row.inStock),
    low: Number(row.low),
    out: Number(row.out),
    belowZero: Number(row.belowZero),
    version: Number(row.version),
  }
}

export interface Valuation {
  readonly minor: bigint
  readonly products: number
  readonly productsWithoutCost: number
}

// a product's value is rounded half away from zero, exactly: both factors are thousandths
const VALUATION = sql<{ minor: string | null; products: bigint; without: bigint }>(`
  select sum(div(on_hand::numeric * unit_cost * 2 + sign(on_hand::numeric) * 1000000, 2000000))::text as minor,
    count(*) filter (where unit_cost is not null) as products,
    count(*) filter (where unit_cost is null) as without
  from stock where tenant_id = $1 and store_id = $2 and on_hand <> 0`)

export async function readValuation(database: Database, tenantId: string, storeId: string): Promise<Valuation> {
  const [row] = await database.query(tenantId, VALUATION, [tenantId, storeId])
  return {
    minor: BigInt(row?.minor ?? '0'),
    products: Number(row?.products ?? 0n),
    productsWithoutCost: Number(row?.without ?? 0n),
  }
}
