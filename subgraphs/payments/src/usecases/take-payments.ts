import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Context } from '../context.ts'
import { cashPayment } from '../domain/payment.ts'
import { alreadyUsedDifferently, invalidInput, notEnoughTendered, notFound } from '../domain/problems.ts'
import { type Allotment, allot, type Tender } from '../domain/tender.ts'
import { capturedEvent } from './captured-event.ts'
import { answerKnown, paymentsTaken } from './known-take.ts'
import { takeInSteps } from './take-in-steps.ts'
import { underway } from './underway.ts'

/** What is asked for, read and within bounds. */
export interface TakeRequest {
  readonly tenantId: string
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string | null
  readonly cashierId: string | null
  readonly customerId: string | null
  readonly currency: CurrencyCode
  readonly due: bigint
  readonly tenders: readonly Tender[]
  readonly offline: boolean
  readonly fingerprint: string
}

export type Enough = Extract<Allotment, { outcome: 'ENOUGH' }>

/** Takes money for an order: all tenders or none. One cash tender is one statement, shared with others of its time. */
export async function takePayments(context: Context, asked: Omit<TakeRequest, 'tenantId'>) {
  const { tenantId } = requireCaller(context)
  const request: TakeRequest = { ...asked, tenantId }
  const store = await context.stores.find(tenantId, request.storeId, context.requestId)
  if (!store) return notFound('store')
  if (store.currency !== request.currency)
    return invalidInput('due.currency', `This store keeps its books in ${store.currency}.`)
  const allotment = allot(request.due, request.tenders)
  if (allotment.outcome === 'NOT_ENOUGH')
    return notEnoughTendered({ minor: allotment.missing, currency: request.currency })
  if (allotment.outcome === 'TOO_MUCH_WITHOUT_CASH')
    return invalidInput('tenders', 'Together they are more than what is due, and only cash gives change.')
  const [only, ...others] = allotment.tenders
  if (only?.kind === 'CASH' && others.length === 0) return takeOneCash(context, request, allotment)
  return underway(context, `take ${tenantId} ${request.orderId} ${request.fingerprint}`, () =>
    takeInSteps(context, request, allotment),
  )
}

async function takeOneCash(context: Context, request: TakeRequest, { tenders, change, tips }: Enough) {
  const [tender] = tenders
  if (!tender) throw new Error('A cash payment needs its tender')
  const { tenantId, orderId, storeId, registerId, cashierId, customerId, fingerprint, currency, due } = request
  const event = capturedEvent(request, change, tips, [
    { paymentId: tender.id, tender: 'CASH', amount: tender.pays, tip: tender.tip },
  ])
  const take = {
    tenantId,
    orderId,
    storeId,
    registerId,
    cashierId,
    customerId,
    fingerprint,
    currency,
    due,
    change,
    tip: tender.tip,
    paymentId: tender.id,
    event,
  }
  const taken = await context.takeCash(take).catch(error => {
    // another order has a payment of this id
    if (['payment_pkey', 'transfer_pkey'].includes(violatedConstraint(error) ?? '')) return undefined
    throw error
  })
  if (!taken) return alreadyUsedDifferently()
  if (taken.outcome === 'KNOWN') return answerKnown(context, request)
  const payment = cashPayment(
    {
      ...{ id: tender.id, orderId, storeId, currency, amount: due, change, tip: tender.tip },
      ...{ registerId, drawerSessionId: taken.drawerSessionId, cashierId, customerId },
    },
    taken.at,
  )
  return paymentsTaken(orderId, [payment], { change, tips, currency })
}
