import type { Database } from '@tillgraph/kit/database/session'
import { type Statement, sql } from '@tillgraph/kit/database/statement'
import { type PageRequest, rowsToRead } from '@tillgraph/kit/pages'
import { type Dimension, FIGURES, type Figures } from '../domain/sales-figures.ts'

/** Days of trade of a store, the first and the last included. */
export interface ReportRange {
  readonly tenantId: string
  readonly storeId: string
  readonly from: string
  readonly until: string
}

export interface DayFigures {
  readonly businessDate: string
  readonly figures: Figures
}

export interface SubjectFigures {
  readonly subject: string
  readonly figures: Figures
}

const columnOf = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
const PLAIN = FIGURES.map(name => `${columnOf(name)} as "${name}"`).join(', ')
const SUMMED = FIGURES.map(name => `sum(${columnOf(name)})::bigint as "${name}"`).join(', ')
const OF_STORE = 'tenant_id = $1 and store_id = $2 and business_date between $3 and $4'

type DayRow = Figures & { readonly businessDate: string }
type SubjectRow = Figures & { readonly subject: string }

const DAYS = sql<DayRow>(`
  select business_date as "businessDate", ${PLAIN} from sales_figure where ${OF_STORE} and dimension = 'DAY'
  order by business_date`)

/** What each day came to on which there was something. */
export async function loadDays(database: Database, range: ReportRange): Promise<DayFigures[]> {
  const rows = await database.query(range.tenantId, DAYS, valuesOf(range))
  return rows.map(({ businessDate, ...figures }) => ({ businessDate, figures }))
}

const FEW = {
  HOUR: sql<SubjectRow>(`
    select subject, ${SUMMED} from sales_figure where ${OF_STORE} and dimension = 'HOUR' group by subject order by subject`),
  TAX: sql<SubjectRow>(`
    select subject, ${SUMMED} from sales_figure where ${OF_STORE} and dimension = 'TAX' group by subject order by subject`),
}

/** Figures by what there are only a few of. */
export async function loadFew(database: Database, range: ReportRange, dimension: keyof typeof FEW) {
  return (await database.query(range.tenantId, FEW[dimension], valuesOf(range))).map(readSubject)
}

export type BestPlace = [total: string, subject: string]

// where the range is one day, an index gives what sold best without reading the rest
const statements = new Map<string, Statement<SubjectRow>>()

const bestOfDay = (dimension: Dimension, isFurther: boolean, rows: number) => `
  select subject, ${PLAIN} from sales_figure
  where tenant_id = $1 and store_id = $2 and dimension = '${dimension}' and business_date = $3 and business_date = $4
    ${isFurther ? 'and (total, subject) < ($5::bigint, $6)' : ''}
  order by total desc, subject desc limit ${rows}`

// Of few things, all figures over many days are summed.
const bestOfFew = (dimension: Dimension, isFurther: boolean, rows: number) => `
  select subject, ${SUMMED} from sales_figure where ${OF_STORE} and dimension = '${dimension}'
  group by subject ${isFurther ? 'having (sum(total), subject) < ($5::bigint, $6)' : ''}
  order by sum(total) desc, subject desc limit ${rows}`

// Of many, only the totals, which are all in that index; the other figures are looked up for those on the page alone.
const bestOfMany = (dimension: Dimension, isFurther: boolean, rows: number) => `
  with best as materialized (
    select subject, sum(total) as sold from sales_figure where ${OF_STORE} and dimension = '${dimension}'
    group by subject ${isFurther ? 'having (sum(total), subject) < ($5::bigint, $6)' : ''}
    order by sum(total) desc, subject desc limit ${rows}
  )
  select best.subject, figures.* from best cross join lateral (
    select ${SUMMED} from generate_series(0, $4::date - $3::date) day
    join sales_figure f on f.tenant_id = $1 and f.store_id = $2 and f.dimension = '${dimension}'
      and f.business_date = $3::date + day and f.subject = best.subject
  ) figures
  order by best.sold desc, best.subject desc`

function bestOf(dimension: Dimension, isOneDay: boolean, isFurther: boolean, rows: number): Statement<SubjectRow> {
  const key = `${dimension} ${isOneDay} ${isFurther} ${rows}`
  let statement = statements.get(key)
  if (!statement) {
    const textOf = isOneDay ? bestOfDay : dimension === 'PRODUCT' || dimension === 'CUSTOMER' ? bestOfMany : bestOfFew
    statement = sql<SubjectRow>(textOf(dimension, isFurther, rows))
    statements.set(key, statement)
  }
  return statement
}

/** A page and one more of what sold best. */
export async function loadBest(
  database: Database,
  range: ReportRange,
  dimension: Dimension,
  page: PageRequest<BestPlace>,
): Promise<SubjectFigures[]> {
  const statement = bestOf(dimension, range.from === range.until, page.after !== undefined, rowsToRead(page))
  const rows = await database.query(range.tenantId, statement, [...valuesOf(range), ...(page.after ?? [])])
  return rows.slice(0, page.first + 1).map(readSubject)
}

function valuesOf({ tenantId, storeId, from, until }: ReportRange): string[] {
  return [tenantId, storeId, from, until]
}

function readSubject({ subject, ...figures }: SubjectRow): SubjectFigures {
  return { subject, figures }
}
