import { type CurrencyCode, isCurrencyCode } from '@tillgraph/rules/currency'
import { z } from 'zod'
import { defineEvent, instant, wholeNumber } from './event-contract.ts'

const currency = z.custom<CurrencyCode>(code => typeof code === 'string' && isCurrencyCode(code))

const progress = {
  deliveryId: z.uuid(),
  orderId: z.uuid(),
  storeId: z.uuid(),
  courierId: z.uuid().nullable(),
  state: z.enum(['PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT', 'DELIVERED', 'FAILED', 'RETURNED']),
  /** Grows with every change in the store. */
  version: wholeNumber,
  at: instant,
}

/** An order is to be brought. The aggregate is the delivery. */
export const deliveryCreated = defineEvent(
  'delivery.delivery.created.v1',
  z.object({ ...progress, customerId: z.uuid().nullable(), windowFrom: instant, windowUntil: instant }),
)

/** A delivery's state or courier has changed; where it is goes round by subscription only. The aggregate is the delivery. */
export const deliveryChanged = defineEvent('delivery.delivery.changed.v1', z.object(progress))

/** A courier has collected what was due at the door, in the currency's smallest unit. The aggregate is the delivery. */
export const cashCollected = defineEvent(
  'delivery.cash.collected.v1',
  z.object({
    deliveryId: z.uuid(),
    orderId: z.uuid(),
    storeId: z.uuid(),
    courierId: z.uuid(),
    currency,
    amount: wholeNumber,
    collectedAt: instant,
  }),
)
