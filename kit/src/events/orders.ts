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
