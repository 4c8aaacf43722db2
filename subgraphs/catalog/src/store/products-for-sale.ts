import type { Database } from '@tillgraph/kit/database/session'
import { type Statement, sql } from '@tillgraph/kit/database/statement'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import type { RoundingMode } from '@tillgraph/rules/rounding'
import type { PriceMode, TaxRate, TaxRounding } from '@tillgraph/rules/tax'
import type { PricePerUnit } from '../domain/product.ts'
import { firstTaxSettings } from '../domain/tax-settings.ts'
import type { Unit } from '../domain/unit.ts'
import { RATES_OF_PERIOD, type RateJson, rateOf } from './tax-classes.ts'

export interface ProductForSale {
  readonly id: string
  readonly sku: string
  readonly name: string
  readonly unit: Unit
  readonly quantityDecimals: number
  readonly soldByWeight: boolean
  readonly unitPrice: PricePerUnit
  readonly taxClassId: string
  readonly taxes: readonly TaxRate[]
  readonly categoryId: string | null
  readonly categoryName: string | null
  readonly archived: boolean
  readonly version: number
}

export interface SaleTerms {
  readonly prices: PriceMode
  readonly taxRounding: TaxRounding
  readonly roundingMode: RoundingMode
  readonly products: readonly ProductForSale[]
}

interface Row {
  readonly prices: PriceMode | null
  readonly tax_rounding: TaxRounding | null
  readonly rounding_mode: RoundingMode | null
  readonly id: string | null
  readonly sku: string
  readonly name: string
  readonly unit: Unit
  readonly quantity_decimals: number
  readonly sold_by_weight: boolean
  readonly minor_thousandths: bigint
  readonly currency: string
  readonly tax_class_id: string
  readonly rates: readonly RateJson[] | null
  readonly category_id: string | null
  readonly category_name: string | null
  readonly archived_at: Date | null
  readonly version: number
}

// The last that began by then; for an instant before all of them the first, as the clock of a till may be a little behind.
const lastBegun = (table: string, of: string) => `coalesce(
  (select max(valid_from) from ${table} where tenant_id = p.tenant_id and ${of} and valid_from <= $3),
  (select min(valid_from) from ${table} where tenant_id = p.tenant_id and ${of}))`

const statement = (amount: string, currency: string, join: string): Statement<Row> =>
  sql<Row>(`
    select s.prices, s.tax_rounding, s.rounding_mode, p.id, p.sku, p.name, p.unit, p.quantity_decimals,
      p.sold_by_weight, ${amount} as minor_thousandths, ${currency} as currency, p.tax_class_id, p.category_id,
      c.name as category_name, p.archived_at, p.version,
      (select ${RATES_OF_PERIOD} from tax_class_period t
       where t.tenant_id = p.tenant_id and t.tax_class_id = p.tax_class_id
         and t.valid_from = ${lastBegun('tax_class_period', 'tax_class_id = p.tax_class_id')}) as rates
    from (select $1::uuid as tenant_id) as one
    left join tax_settings s on s.tenant_id = one.tenant_id
    left join (product p left join category c on c.tenant_id = p.tenant_id and c.id = p.category_id ${join})
      on p.tenant_id = one.tenant_id and p.id = any($2::uuid[])`)

/** At the prices of now, which stand on the products themselves. */
const NOW = statement('p.price_minor_thousandths', 'p.currency', '')

/** At the prices of an instant of the past. */
const THEN = statement(
  'b.minor_thousandths',
  'b.currency',
  `left join price b on b.tenant_id = p.tenant_id and b.product_id = p.id
     and b.valid_from = ${lastBegun('price', 'product_id = p.id')}`,
)

/** All that a sale must know of its products, in one statement; `at` when it was sold before now. */
export async function productsForSale(
  database: Database,
  tenantId: string,
  ids: readonly string[],
  { at, now }: { readonly at: Date | undefined; readonly now: Date },
): Promise<SaleTerms> {
  const rows = await database.query(tenantId, at ? THEN : NOW, [tenantId, ids, at ?? now])
  const [first] = rows
  return {
    prices: first?.prices ?? firstTaxSettings.prices,
    taxRounding: first?.tax_rounding ?? firstTaxSettings.taxRounding,
    roundingMode: first?.rounding_mode ?? firstTaxSettings.roundingMode,
    products: rows.flatMap(row => (row.id === null ? [] : productForSale(row, row.id))),
  }
}

function productForSale(row: Row, id: string): ProductForSale {
  return {
    id,
    sku: row.sku,
    name: row.name,
    unit: row.unit,
    quantityDecimals: row.quantity_decimals,
    soldByWeight: row.sold_by_weight,
    unitPrice: { minorThousandths: row.minor_thousandths, currency: parseCurrencyCode(row.currency) },
    taxClassId: row.tax_class_id,
    taxes: (row.rates ?? []).map(rateOf),
    categoryId: row.category_id,
    categoryName: row.category_name,
    archived: row.archived_at !== null,
    version: row.version,
  }
}
