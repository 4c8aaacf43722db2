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

function bestOf(dimension: Dimension, isOneDay: boolean, isFurther: boolean, rows: number): Statement<SubjectRow> {
  const key = `${dimension} ${isOneDay} ${isFurther} ${rows}`
  let statement = statements.get(key)
  if (!statement) {
    const days = isOneDay ? 'business_date = $3 and business_date = $4' : 'business_date between $3 and $4'
    const place = isOneDay ? '(total, subject)' : '(sum(total), subject)'
    const further = isFurther ? `${place} < ($5::bigint, $6)` : 'true'
    statement = sql<SubjectRow>(`
      select subject, ${isOneDay ? PLAIN : SUMMED} from sales_figure
      where tenant_id = $1 and store_id = $2 and dimension = '${dimension}' and ${days}
      ${isOneDay ? `and ${further}` : `group by subject having ${further}`}
      order by ${isOneDay ? 'total' : 'sum(total)'} desc, subject desc limit ${rows}`)
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
