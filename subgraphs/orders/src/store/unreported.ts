import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { type BusinessDayRules, parseDayEnd } from '@tillgraph/rules/business-day'
import type { Order } from '../domain/order.ts'
import type { OrderReturn } from '../domain/order-return.ts'
import { FIGURES, type SalesFigure } from '../domain/sales-figures.ts'
import { arrayText } from './array-text.ts'
import { loadOrdersWithin } from './orders.ts'
import { loadReturnsWithin } from './returns.ts'

/** Facts that are added to the figures in one transaction, at the most. */
export const FACTS_AT_ONCE = 500

/** Something that the figures did not hold. */
export type Fact =
  | { readonly kind: 'SALE' | 'CANCELLATION'; readonly order: Order }
  | { readonly kind: 'RETURN'; readonly order: Order; readonly given: OrderReturn }

const WAIT = sql("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' figures ' || $1, 0))")
const TRY = sql<{ ours: boolean }>(
  "select pg_try_advisory_xact_lock(hashtextextended(current_schema() || ' figures ' || $1, 0)) as ours",
)

/**
 * Figures of a business are added up by one at a time, until the transaction ends. Whoever reads figures waits for its
 * turn; whoever only looks after them leaves it to the other.
 */
export async function takeFigures(session: Session, wait: boolean): Promise<boolean> {
  if (!wait) return (await session.query(TRY, [session.tenantId]))[0]?.ours === true
  await session.query(WAIT, [session.tenantId])
  return true
}

interface FactRow {
  readonly kind: Fact['kind']
  readonly factId: string
}

// By their places: rows of a table that is filled and emptied all day are joined in the costliest way at times. Nobody
// else takes rows away while the figures are ours, so the places stay what they are.
const TAKE = sql<FactRow>(`
  delete from unreported where ctid = any (array(
    select ctid from unreported where tenant_id = $1 order by kind, fact_id limit ${FACTS_AT_ONCE}
  ))
  returning kind, fact_id as "factId"`)

/** Takes facts off the list of what the figures do not hold; the figures are ours. */
export async function takeFacts(session: Session): Promise<Fact[]> {
  const rows = await session.query(TAKE, [session.tenantId])
  const idsOf = (isReturn: boolean) =>
    rows.filter(({ kind }) => (kind === 'RETURN') === isReturn).map(fact => fact.factId)
  const returns = new Map((await loadReturnsWithin(session, idsOf(true))).map(given => [given.id, given]))
  const orderIds = [...idsOf(false), ...[...returns.values()].map(({ orderId }) => orderId)]
  const orders = new Map((await loadOrdersWithin(session, orderIds)).map(order => [order.id, order]))
  return rows.map(({ kind, factId }) => {
    const given = returns.get(factId)
    const order = orders.get(kind === 'RETURN' ? (given?.orderId ?? '') : factId)
    if (!order) throw new Error('What was sold is never deleted')
    if (kind !== 'RETURN') return { kind, order }
    if (!given) throw new Error('What came back is never deleted')
    return { kind, order, given }
  })
}

const COLUMNS = FIGURES.map(name => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))

const ADD = sql(`
  insert into sales_figure as known (tenant_id, store_id, dimension, business_date, subject, ${COLUMNS.join(', ')})
  select $1, * from unnest($2::uuid[], $3::text[], $4::date[], $5::text[], ${COLUMNS.map((_, n) => `$${n + 6}::bigint[]`).join(', ')})
  on conflict (tenant_id, store_id, dimension, business_date, subject) do update set
    ${COLUMNS.map(column => `${column} = known.${column} + excluded.${column}`).join(', ')}`)

/** Adds to the figures; each thing of a day is given once. */
export async function addToFigures(session: Session, figures: readonly SalesFigure[]): Promise<void> {
  await session.execute(ADD, [
    session.tenantId,
    arrayText(figures.map(({ storeId }) => storeId)),
    figures.map(({ dimension }) => dimension),
    arrayText(figures.map(({ businessDate }) => businessDate)),
    figures.map(({ subject }) => subject),
    ...FIGURES.map(name => arrayText(figures.map(figure => figure.figures[name]))),
  ])
}

interface StoreRow {
  readonly id: string
  readonly timeZone: string
  readonly dayEndsAt: string
}

const STORES = sql<StoreRow>(`
  select id, time_zone as "timeZone", day_ends_at as "dayEndsAt" from store where tenant_id = $1 and id = any($2::uuid[])`)

/** The clocks of stores, as far as they are known here. */
export async function loadClocks(session: Session, ids: readonly string[]): Promise<Map<string, BusinessDayRules>> {
  const rows = await session.query(STORES, [session.tenantId, ids])
  return new Map(rows.map(row => [row.id, { timeZone: row.timeZone, dayEndMinutes: parseDayEnd(row.dayEndsAt) }]))
}

const ANY = sql<{ any: boolean }>('select exists (select from unreported where tenant_id = $1) as any')

/** Whether there are facts that the figures do not hold. */
export async function hasUnreported(session: Session): Promise<boolean> {
  return (await session.query(ANY, [session.tenantId]))[0]?.any === true
}
