import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { PaymentResolvers, QueryResolvers, RefundPartResolvers, RefundResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import type { Payment as Source } from '../domain/payment.ts'

/** Null for a payment of a store that the caller may not look into, as for one that is not there. */
export async function visiblePayment(context: Context, id: string): Promise<Source | null> {
  const payment = isUuid(id) ? await context.loaders.payment.load(id) : undefined
  return payment && maySeePaymentsOf(context, payment.storeId) ? payment : null
}

export function maySeePaymentsOf(context: Context, storeId: string): boolean {
  const caller = requireCaller(context)
  return caller.kind === 'service' || caller.may('payments.payment.read', storeId)
}

export const payment: NonNullable<QueryResolvers['payment']> = (_, { id }, context) => visiblePayment(context, id)

const money = (field: 'amount' | 'change' | 'tip' | 'refunded') => (source: Source) => ({
  minor: source[field],
  currency: source.currency,
})

export const Payment: PaymentResolvers = {
  __resolveReference: ({ id }, context) => visiblePayment(context, id),
  amount: money('amount'),
  change: money('change'),
  tip: money('tip'),
  refunded: money('refunded'),
  tendered: ({ amount, change, currency }) => ({ minor: amount + change, currency }),
  card: ({ brand, lastFour }) => (brand !== null && lastFour !== null ? { brand, lastFour } : null),
  giftCardLastFour: async ({ giftCardId }, _, context) =>
    giftCardId === null ? null : ((await context.loaders.giftCard.load(giftCardId))?.lastFour ?? null),
  cashier: ({ cashierId }) => (cashierId === null ? null : { id: cashierId }),
  register: ({ registerId }) => (registerId === null ? null : { id: registerId }),
}

export const Refund: RefundResolvers = {
  amount: ({ amount, currency }) => ({ minor: amount, currency }),
  refunded: async ({ id, currency }, _, context) => ({
    minor: (await context.loaders.refundParts.load(id))
      .filter(({ state }) => state === 'REFUNDED')
      .reduce((sum, part) => sum + part.amount, 0n),
    currency,
  }),
  parts: async ({ id }, _, context) => [...(await context.loaders.refundParts.load(id))],
}

const paymentOf = async (context: Context, paymentId: string) => {
  const found = await context.loaders.payment.load(paymentId)
  if (!found) throw new Error('A refund names a payment that is not there')
  return found
}

export const RefundPart: RefundPartResolvers = {
  tender: async ({ paymentId }, _, context) => (await paymentOf(context, paymentId)).tender,
  amount: async ({ paymentId, amount }, _, context) => ({
    minor: amount,
    currency: (await paymentOf(context, paymentId)).currency,
  }),
}
