import { type CurrencyCode, isCurrencyCode } from '@tillgraph/rules/currency'
import { z } from 'zod'
import { defineEvent, instant, wholeNumber } from './event-contract.ts'

const currency = z.custom<CurrencyCode>(code => typeof code === 'string' && isCurrencyCode(code))
const tender = z.enum(['CASH', 'CARD', 'MOBILE', 'STORE_CREDIT', 'GIFT_CARD'])

/** Tenders of one order, at the most. */
export const TENDERS_MOST = 10

/** An order was paid, by all of its tenders. Amounts are minor units, tips apart. The aggregate is the order. */
export const paymentCaptured = defineEvent(
  'payments.payment.captured.v1',
  z.object({
    orderId: z.uuid(),
    storeId: z.uuid(),
    registerId: z.uuid().nullable(),
    cashierId: z.uuid().nullable(),
    customerId: z.uuid().nullable(),
    currency,
    due: wholeNumber,
    change: wholeNumber,
    tips: wholeNumber,
    payments: z
      .array(z.object({ paymentId: z.uuid(), tender, amount: wholeNumber, tip: wholeNumber }))
      .max(TENDERS_MOST),
  }),
)

/** A tender was refused, and with it all tenders of that try. The aggregate is the order. */
export const paymentDeclined = defineEvent(
  'payments.payment.declined.v1',
  z.object({ orderId: z.uuid(), storeId: z.uuid(), paymentId: z.uuid(), tender, declineCode: z.string().max(100) }),
)

/** What was taken for an order was undone as if it had not been. The aggregate is the order. */
export const paymentVoided = defineEvent(
  'payments.payment.voided.v1',
  z.object({ orderId: z.uuid(), storeId: z.uuid(), paymentIds: z.array(z.uuid()).max(100) }),
)

/** Money was given back for an order. The aggregate is the order. */
export const paymentRefunded = defineEvent(
  'payments.payment.refunded.v1',
  z.object({
    refundId: z.uuid(),
    orderId: z.uuid(),
    storeId: z.uuid(),
    currency,
    amount: wholeNumber,
    parts: z.array(z.object({ paymentId: z.uuid(), tender, amount: wholeNumber })).max(100),
  }),
)

/** A drawer was counted and closed. The aggregate is the session. */
export const drawerClosed = defineEvent(
  'payments.drawer.closed.v1',
  z.object({
    sessionId: z.uuid(),
    storeId: z.uuid(),
    registerId: z.uuid(),
    number: z.int().positive(),
    currency,
    expected: wholeNumber,
    counted: wholeNumber,
    variance: wholeNumber,
    closedAt: instant,
  }),
)

const offlineOutcome = {
  paymentId: z.uuid(),
  orderId: z.uuid(),
  storeId: z.uuid(),
  registerId: z.uuid(),
  customerId: z.uuid().nullable(),
  tender,
  processor: z.string().max(50),
  currency,
  amount: wholeNumber,
  tip: wholeNumber,
  /** By the register's clock. */
  takenAt: instant,
  settledAt: instant,
}

/** What a till took while it was cut off has been captured since. The aggregate is the payment. */
export const offlinePaymentCaptured = defineEvent('payments.offline_payment.captured.v1', z.object(offlineOutcome))

/**
 * What a till took while it was cut off was refused, or could not be had in time: the customer owes it, and a manager
 * wants to know. The aggregate is the payment.
 */
export const offlinePaymentDeclined = defineEvent(
  'payments.offline_payment.declined.v1',
  z.object({ ...offlineOutcome, declineCode: z.string().max(100), expired: z.boolean() }),
)
