import { z } from 'zod'
import { defineEvent, wholeNumber } from './event-contract.ts'

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
