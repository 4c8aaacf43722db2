import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import type { Stores } from '@tillgraph/kit/known-stores'
import type { BusinessDayRules } from '@tillgraph/rules/business-day'
import {
  addFigures,
  figuresOfCancellation,
  figuresOfReturn,
  figuresOfSale,
  type SalesFigure,
} from '../domain/sales-figures.ts'
import {
  addToFigures,
  FACTS_AT_ONCE,
  type Fact,
  hasUnreported,
  loadClocks,
  takeFacts,
  takeFigures,
} from '../store/unreported.ts'

/** What somebody who asks for a report waits for at the most: 10,000 facts. */
const ROUNDS_MOST = 20

interface AddingUp {
  readonly database: Database
  readonly stores: Stores
}

/** Adds facts to the figures, once each; whether there may be more. */
export function addUpOnce(services: AddingUp, tenantId: string, requestId: string, wait: boolean): Promise<boolean> {
  return services.database.write(tenantId, async session => {
    if (!(await takeFigures(session, wait))) return false
    const facts = await takeFacts(session)
    const figures: SalesFigure[] = []
    const clocks =
      facts.length === 0
        ? new Map<string, BusinessDayRules>()
        : await loadClocks(session, [...new Set(facts.map(storeOf))])
    for (const fact of facts) {
      const clock = clocks.get(storeOf(fact)) ?? (await services.stores.find(tenantId, storeOf(fact), requestId))
      if (!clock) throw new Error('What was sold was sold in a store')
      figures.push(...figuresOf(fact, clock))
    }
    if (figures.length > 0) await addToFigures(session, merged(figures))
    return facts.length === FACTS_AT_ONCE
  })
}

/** Brings the figures of a business up to this moment, for whoever is about to read them. */
export async function addUpAll(services: AddingUp, tenantId: string, requestId: string): Promise<void> {
  if (!(await services.database.read(tenantId, hasUnreported))) return
  for (let round = 1; await addUpOnce(services, tenantId, requestId, true); round++)
    if (round === ROUNDS_MOST)
      throw refusal('SERVICE_UNAVAILABLE', 'Very much was sold and is still being added up; ask again in a minute.')
}

const storeOf = ({ order }: Fact) => order.storeId

function figuresOf(fact: Fact, store: BusinessDayRules): SalesFigure[] {
  switch (fact.kind) {
    case 'SALE':
      return figuresOfSale(fact.order, store)
    case 'RETURN':
      return figuresOfReturn(fact.given, fact.order, store)
    case 'CANCELLATION':
      return figuresOfCancellation(fact.order, store)
  }
}

/** Each thing of a day once. */
function merged(figures: readonly SalesFigure[]): SalesFigure[] {
  const sums = new Map<string, SalesFigure>()
  for (const figure of figures) {
    const key = `${figure.storeId} ${figure.dimension} ${figure.businessDate} ${figure.subject}`
    const known = sums.get(key)
    sums.set(key, known ? { ...known, figures: addFigures(known.figures, figure.figures) } : figure)
  }
  return [...sums.values()]
}
