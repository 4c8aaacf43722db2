import { type CurrencyCode, isCurrencyCode } from '@tillgraph/rules/currency'
import { z } from 'zod'
import { defineEvent, instant, wholeNumber } from './event-contract.ts'

const currency = z.custom<CurrencyCode>(code => typeof code === 'string' && isCurrencyCode(code))

/** Lines of one order, at the most. */
export const ORDER_LINES_MOST = 200

/** An order was sold and paid. Amounts are minor units, quantities thousandths. The aggregate is the order. */
export const orderCompleted = defineEvent(
  'orders.order.completed.v1',
  z.object({
    orderId: z.uuid(),
    storeId: z.uuid(),
    registerId: z.uuid().nullable(),
    cashierId: z.uuid().nullable(),
    customerId: z.uuid().nullable(),
    number: wholeNumber,
    currency,
    /** The store's day of trade. */
    businessDate: z.iso.date(),
    soldAt: instant,
    discount: wholeNumber,
    net: wholeNumber,
    tax: wholeNumber,
    total: wholeNumber,
    tips: wholeNumber,
    lines: z
      .array(
        z.object({
          productId: z.uuid(),
          categoryId: z.uuid().nullable(),
          quantity: wholeNumber,
          net: wholeNumber,
          total: wholeNumber,
        }),
      )
      .max(ORDER_LINES_MOST),
  }),
)

/** An open order was given up. The aggregate is the order. */
export const orderCancelled = defineEvent(
  'orders.order.cancelled.v1',
  z.object({ orderId: z.uuid(), storeId: z.uuid(), reason: z.string().max(200), cancelledAt: instant }),
)

/** Something of an order has come back, and its money was given back. The aggregate is the order. */
export const orderReturned = defineEvent(
  'orders.order.returned.v1',
  z.object({
    returnId: z.uuid(),
    orderId: z.uuid(),
    storeId: z.uuid(),
    customerId: z.uuid().nullable(),
    currency,
    amount: wholeNumber,
    /** Whether all of the order has come back by now. */
    whole: z.boolean(),
    returnedAt: instant,
    lines: z
      .array(z.object({ productId: z.uuid(), quantity: wholeNumber, net: wholeNumber, total: wholeNumber }))
      .max(ORDER_LINES_MOST),
  }),
)

/** Tenders of one offline sale, at the most. */
export const OFFLINE_TENDERS_MOST = 10
/** Lines of leases that an offline sale's goods are taken from, at the most. */
const OFFLINE_LEASE_LINES_MOST = 400

/**
 * A sale that a till made while it was cut off was accepted: it happened, and now it has its effects. Who hears this
 * never refuses; what does not add up becomes an incident or a receivable. Amounts are minor units of the currency,
 * quantities thousandths. The aggregate is the order; the accepted order is told as completed too, for those who count
 * sales: who hears both takes care not to count twice.
 */
export const offlineSaleAccepted = defineEvent(
  'orders.offline_sale.accepted.v1',
  z.object({
    tenantId: z.uuid(),
    orderId: z.uuid(),
    storeId: z.uuid(),
    registerId: z.uuid(),
    /** The place of the record in the log of the register's key. */
    sequence: z.int().positive(),
    number: wholeNumber,
    cashierId: z.uuid(),
    customerId: z.uuid().nullable(),
    currency,
    /** The store's day of trade on which it happened. */
    businessDate: z.iso.date(),
    /** By the register's clock. */
    takenAt: instant,
    /** By the server's clock. */
    acceptedAt: instant,
    total: wholeNumber,
    /** What is owed: the total, rounded to coins where all of it was paid in cash. */
    due: wholeNumber,
    /** What went back to the customer in cash. */
    change: wholeNumber,
    lines: z.array(z.object({ productId: z.uuid(), quantity: wholeNumber })).max(ORDER_LINES_MOST),
    /** What the register says it sold out of what was set aside for it, each lease once. */
    leases: z
      .array(
        z.object({
          leaseId: z.uuid(),
          lines: z.array(z.object({ productId: z.uuid(), quantity: wholeNumber })).max(OFFLINE_LEASE_LINES_MOST),
        }),
      )
      .max(OFFLINE_LEASE_LINES_MOST),
    tenders: z
      .array(
        z.object({
          id: z.uuid(),
          kind: z.enum(['CASH', 'CARD', 'MOBILE', 'GIFT_CARD', 'STORE_CREDIT']),
          /** As it was given: of cash it may be more than what is due, by the change. */
          amount: wholeNumber,
          tip: wholeNumber,
          /** A processor's token, or a terminal's own store-and-forward reference. */
          token: z.string().max(200).nullable(),
          processor: z.string().max(50).nullable(),
          brand: z.string().max(50).nullable(),
          lastFour: z
            .string()
            .regex(/^[0-9]{4}$/)
            .nullable(),
        }),
      )
      .max(OFFLINE_TENDERS_MOST),
  }),
)
