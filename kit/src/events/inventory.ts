import { z } from 'zod'
import { defineEvent, instant, wholeNumber } from './event-contract.ts'

/** What changes a stock. */
export const movementKinds = [
  'OPENING',
  'ADJUSTMENT',
  'SALE',
  'SALE_UNDONE',
  'RETURN',
  'RECEIPT',
  'COUNT',
  'RESERVED',
  'RELEASED',
  'THRESHOLD',
  'TRANSFER_OUT',
  'TRANSFER_IN',
  'EXPECTED',
] as const

/**
 * Stock of a store has changed: each product once, as it was when all changes that were made together had been made,
 * in ascending version. Quantities are thousandths. The aggregate is the store, whose versions only grow.
 */
export const stockChanged = defineEvent(
  'inventory.stock.changed.v1',
  z.object({
    storeId: z.uuid(),
    changes: z
      .array(
        z.object({
          productId: z.uuid(),
          kind: z.enum(movementKinds),
          level: wholeNumber,
          available: wholeNumber,
          version: wholeNumber,
        }),
      )
      .max(200),
  }),
)

/** Products have come down to their threshold or below it. The aggregate is the store. */
export const stockLow = defineEvent(
  'inventory.stock.low.v1',
  z.object({
    storeId: z.uuid(),
    products: z
      .array(z.object({ productId: z.uuid(), available: wholeNumber, threshold: wholeNumber, version: wholeNumber }))
      .max(200),
  }),
)

const oversold = {
  incidentId: z.uuid(),
  storeId: z.uuid(),
  productId: z.uuid(),
  orderId: z.uuid(),
  registerId: z.uuid(),
}

/** How somebody dealt with goods that were sold although they were not there. */
export const oversoldResolutions = ['COUNTED', 'RESTOCKED', 'DELIVERED_LATER', 'REPLACED', 'REFUNDED', 'OTHER'] as const

/**
 * A till that was cut off has sold more of a product than there was, and the goods are on no shelf. Quantities are
 * thousandths. The aggregate is the incident.
 */
export const oversoldRaised = defineEvent(
  'inventory.oversold_incident.raised.v1',
  z.object({
    ...oversold,
    cashierId: z.uuid().nullable(),
    quantity: wholeNumber,
    /** How much of it was not there. */
    short: wholeNumber,
    takenAt: instant,
    raisedAt: instant,
  }),
)

/** Somebody has said what was done about it. The aggregate is the incident. */
export const oversoldResolved = defineEvent(
  'inventory.oversold_incident.resolved.v1',
  z.object({
    ...oversold,
    resolution: z.enum(oversoldResolutions),
    resolvedBy: z.uuid().nullable(),
    resolvedAt: instant,
  }),
)
