import { malformed, readObject } from './json-reader.ts'
import { OFFLINE_LEASES_MOST } from './record.ts'
import { UUID } from './shapes.ts'
import { instant, quantity, ruleFaultsAreMalformed } from './values.ts'

/** `typ` of the JWS by which inventory tells a register what stock is set aside for it. */
export const STOCK_LEASE_TYPE = 'tillgraph-stock-lease'

/** Stock that is set aside for one register until a time. Quantities are decimal strings. */
export interface StockLease {
  readonly version: 1
  readonly leaseId: string
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
  readonly lines: readonly { readonly productId: string; readonly quantity: string }[]
  readonly expiresAt: string
}

/** The lease that a JWS carried. Throws MALFORMED_RECORD. */
export function parseStockLease(payload: unknown): StockLease {
  return ruleFaultsAreMalformed(() =>
    readObject(payload, 'lease', object => {
      if (object.whole('version', 1, 1) !== 1) malformed('lease.version')
      return {
        version: 1,
        leaseId: object.text('leaseId', UUID),
        tenantId: object.text('tenantId', UUID),
        storeId: object.text('storeId', UUID),
        registerId: object.text('registerId', UUID),
        lines: object.list('lines', OFFLINE_LEASES_MOST, line => {
          return { productId: line.text('productId', UUID), quantity: quantity(line) }
        }),
        expiresAt: instant(object, 'expiresAt'),
      }
    }),
  )
}
