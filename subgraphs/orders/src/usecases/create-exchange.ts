import type { Session } from '@tillgraph/kit/database/session'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { businessDateOf } from '@tillgraph/rules/business-day'
import { InputFault } from '@tillgraph/rules/input-fault'
import { money } from '@tillgraph/rules/money'
import { customaryCashStep, roundToStep } from '@tillgraph/rules/rounding'
import { type Context, peerCaller } from '../context.ts'
import type { PricedOrder, WantedBasket } from '../domain/basket.ts'
import { refundProblem } from '../domain/limits.ts'
import type { Order } from '../domain/order.ts'
import { priceReturn } from '../domain/order-return.ts'
import {
  alreadyUsedDifferently,
  illegalOrderStep,
  invalidInput,
  notEnoughTendered,
  notFound,
  stillInProgress,
} from '../domain/problems.ts'
import { missingOf, type Tender } from '../domain/tender.ts'
import { type Exchange, exchangeOf, findExchange, saveExchange, takeUpExchange } from '../store/exchanges.ts'
import { LEASE_MS } from '../store/gather-sales.ts'
import { lockOrder } from '../store/open-orders.ts'
import { loadOrders } from '../store/orders.ts'
import { returnedOf, saveReturn } from '../store/returns.ts'
import { saleContent } from '../store/sale-content.ts'
import { carryOnExchange } from './carry-on-exchange.ts'
import { price } from './price.ts'

export interface WantedExchange {
  readonly id: string
  readonly orderId: string
  readonly newOrderId: string
  readonly back: readonly { readonly lineId: string; readonly quantity: bigint }[]
  readonly basket: WantedBasket
  readonly tenders: readonly Tender[]
  readonly reason: string
  readonly restock: boolean
  readonly registerId: string | null
}

// the exchange has a lease of its own; the recovery of returns has no business with it
const NEVER = new Date('9999-01-01')

/** Undoes a transaction in which a return was begun for an order that cannot be. */
class IdUsed extends Error {}

/** Takes goods back and sells others for them: all of it, or nothing. The order is one that the caller sees. */
export async function createExchange(context: Context, order: Order, wanted: WantedExchange) {
  const { database } = context
  const { tenantId } = requireCaller(context)
  const fingerprint = fingerprintOf(wanted)
  const known = await findExchange(database, tenantId, wanted.id)
  // prices may have moved since this very exchange was made: asked again, it is what it was
  const priced = known && known.state !== 'REFUSED' ? undefined : await price(context, order.storeId, wanted.basket)
  if (priced && priced.__typename !== 'Priced') return priced
  const rights = await rightsAt(context, order.storeId)
  const begun = await database
    .write(tenantId, session => begin(context, session, { wanted, fingerprint, priced, rights }))
    .catch(error => {
      if (error instanceof IdUsed) return alreadyUsedDifferently()
      throw error
    })
  if (begun.__typename !== 'Ours' && begun.__typename !== 'Exchanged') return begun
  if (begun.__typename === 'Ours') {
    const done = await carryOnExchange(context, peerCaller(context), begun.exchange)
    if (done.__typename !== 'Exchanged') return done
  }
  const found = await loadOrders(database, tenantId, [wanted.orderId, wanted.newOrderId])
  const [was, made] = [wanted.orderId, wanted.newOrderId].map(id => found.find(one => one.id === id))
  return was && made
    ? ({ __typename: 'CreateExchangeSuccess', order: was, newOrder: made } as const)
    : stillInProgress()
}

async function rightsAt(context: Context, storeId: string) {
  const asker = peerCaller(context)
  const [roles, ceilings] = await Promise.all([
    context.directory.rolesAt(asker, requireCaller(context).subject, storeId),
    context.directory.ceilingsOf(asker, storeId),
  ])
  return { roles, ceilings }
}

interface Begun {
  readonly wanted: WantedExchange
  readonly fingerprint: string
  readonly priced: Extract<Awaited<ReturnType<typeof price>>, { readonly __typename: 'Priced' }> | undefined
  readonly rights: Awaited<ReturnType<typeof rightsAt>>
}

async function begin(context: Context, session: Session, { wanted, fingerprint, priced, rights }: Begun) {
  const caller = requireCaller(context)
  const now = context.clock.now()
  const lease = new Date(now.getTime() + LEASE_MS)
  // the order's row is what all returns and exchanges of it wait for
  const found = await lockOrder(session, wanted.orderId)
  if (!found) return notFound('order')
  const known = await exchangeOf(session, wanted.id)
  if (known && known.state !== 'REFUSED') {
    if (known.fingerprint !== fingerprint) return alreadyUsedDifferently()
    if (known.state === 'DONE') return { __typename: 'Exchanged' } as const
    const taken = await takeUpExchange(session, wanted.id, now, lease)
    return taken ? ({ __typename: 'Ours', exchange: taken } as const) : stillInProgress()
  }
  // refused at this very moment
  if (!priced) return stillInProgress()
  const { order } = found
  if (order.status !== 'COMPLETED' && order.status !== 'PARTLY_REFUNDED') return illegalOrderStep(order.status)
  const { quantities, pending } = await returnedOf(session, order.id)
  const back = priceReturn({ ...order, refunded: order.refunded + pending }, wanted.back, quantities)
  if ('__typename' in back) return back
  const worth = back.amount
  const problem = refundProblem(money(worth, order.currency), rights.roles, rights.ceilings)
  if (problem) return problem

  const isPaidByGoods = worth >= priced.order.total
  const credit = isPaidByGoods ? priced.order.total : worth
  const difference = differenceOf(priced.order, credit)
  const { tenders, registerId } = wanted
  if (difference.total === 0n && tenders.length > 0)
    return invalidInput(new InputFault('tenders', 'What comes back pays for it: nothing is owed.'))
  const missing = missingOf(difference, tenders)
  if (missing) return notEnoughTendered(missing)
  const cashierId = caller.kind === 'person' ? caller.subject : null
  const facts = {
    ...{ orderId: wanted.newOrderId, storeId: order.storeId, registerId, cashierId, note: '', soldAt: now },
    customerId: order.customerId,
    businessDate: businessDateOf(now.getTime(), priced.store),
  }
  const { due } = saleContent(facts, difference, tenders)
  const content = { ...saleContent(facts, { ...priced.order, cashRounding: difference.cashRounding }, tenders), due }
  const exchange: Exchange = {
    ...{
      id: wanted.id,
      orderId: order.id,
      newOrderId: wanted.newOrderId,
      state: 'RUNNING',
      fingerprint,
      worth,
      credit,
    },
    ...{ stockId: context.makeId(), content, change: 0n, tips: 0n },
    state: 'RUNNING',
  }
  const { id, reason, restock } = wanted
  const given = {
    ...{ id, orderId: order.id, reason, restock, registerId, cashierId, createdAt: now },
    ...{ lines: back.lines, amount: worth },
  }
  if (!(await saveReturn(session, given, fingerprint, NEVER))) return alreadyUsedDifferently()
  if (!(await saveExchange(session, exchange, now, lease))) throw new IdUsed()
  return { __typename: 'Ours', exchange } as const
}

/** What is left to pay, rounded to coins by itself where all of it is paid in cash. */
function differenceOf(order: PricedOrder, credit: bigint): PricedOrder {
  const total = order.total - credit
  const step = customaryCashStep(order.currency)
  return { ...order, total, cashRounding: roundToStep(total, step, 'HALF_AWAY_FROM_ZERO') - total }
}
