import { sql } from '@tillgraph/kit/database/statement'
import type { TaxRate } from '@tillgraph/rules/tax'
import type { TaxClass } from '../domain/tax-class.ts'
import type { Queried } from './queried.ts'

/** Rates as JSON carries them: a rate is at most ten million, which every number holds. */
export interface RateJson {
  readonly id: string
  readonly name: string
  readonly rate: number
  readonly compound: boolean
}

interface TaxClassRow {
  readonly id: string
  readonly name: string
  readonly name_key: string
  readonly version: number
  readonly archived_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly periods: readonly { readonly validFrom: string; readonly rates: readonly RateJson[] }[]
}

/** The rates of `tax_class_period t`, in the order in which they are levied. */
export const RATES_OF_PERIOD = `
  (select coalesce(jsonb_agg(jsonb_build_object('id', r.code, 'name', r.name, 'rate', r.rate, 'compound', r.compound)
     order by r.position), '[]')
   from tax_rate r
   where r.tenant_id = t.tenant_id and r.tax_class_id = t.tax_class_id and r.valid_from = t.valid_from)`

const COLUMNS = `
  x.id, x.name, x.name_key, x.version, x.archived_at, x.created_at, x.updated_at,
  (select jsonb_agg(jsonb_build_object('validFrom', t.valid_from, 'rates', ${RATES_OF_PERIOD}) order by t.valid_from desc)
   from tax_class_period t where t.tenant_id = x.tenant_id and t.tax_class_id = x.id) as periods`

const BY_IDS = sql<TaxClassRow>(`
  select ${COLUMNS} from tax_class x where x.tenant_id = $1 and x.id = any($2::uuid[])`)

const LIST = sql<TaxClassRow>(`
  select ${COLUMNS} from tax_class x
  where x.tenant_id = $1 and (x.archived_at is not null) = $2 and (x.name_key, x.id) > ($3, $4::uuid)
  order by x.name_key, x.id limit $5`)

export function rateOf({ id, name, rate, compound }: RateJson): TaxRate {
  return { id, name, rate: BigInt(rate), compound }
}

function taxClassOf(row: TaxClassRow): TaxClass {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    periods: row.periods.map(({ validFrom, rates }) => ({ validFrom: new Date(validFrom), rates: rates.map(rateOf) })),
  }
}

/** All that there are of the given ids, with all their rates, in one statement. */
export async function taxClassesByIds(queried: Queried, ids: readonly string[]): Promise<TaxClass[]> {
  return (await queried.query(BY_IDS, [queried.tenantId, ids])).map(taxClassOf)
}

export async function listTaxClasses(
  queried: Queried,
  archived: boolean,
  after: readonly [nameKey: string, id: string],
  most: number,
): Promise<{ readonly taxClass: TaxClass; readonly nameKey: string }[]> {
  const rows = await queried.query(LIST, [queried.tenantId, archived, ...after, most])
  return rows.map(row => ({ taxClass: taxClassOf(row), nameKey: row.name_key }))
}
