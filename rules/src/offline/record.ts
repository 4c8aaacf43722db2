import type { CurrencyCode } from '../currency.ts'
import type { RoundingMode } from '../rounding.ts'
import type { PriceMode, TaxRounding } from '../tax.ts'

/** `typ` of the JWS that a record travels as; its `kid` is the RFC 7638 thumbprint of the register's Ed25519 key. */
export const OFFLINE_RECORD_TYPE = 'tillgraph-offline'

/** Of one record as a compact JWS: what one request can carry. A line with one tax is about 550 of them. */
export const RECORD_CHARACTERS_MOST = 90_000
export const OFFLINE_LINES_MOST = 200
export const OFFLINE_TENDERS_MOST = 10
export const OFFLINE_APPROVALS_MOST = 5
export const OFFLINE_LEASES_MOST = 400

export const tenderKinds = ['CASH', 'CARD', 'MOBILE', 'STORE_CREDIT', 'GIFT_CARD'] as const
export type OfflineTenderKind = (typeof tenderKinds)[number]

/**
 * What a till writes down for a sale that it took without a network, as it is signed. Amounts are decimal strings in
 * the sale's currency with all its digits ("12.50"), quantities and percents decimal strings without zeros at the end;
 * each value has one spelling, so that equal records are equal texts. Fields that do not apply are left out.
 */
export interface OfflineRecord {
  readonly version: 1
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
  /** 1, 2, 3 … of this key, without gaps. */
  readonly sequence: number
  /** base64url SHA-256 of the compact JWS before this one of this key; '' for the first. */
  readonly previous: string
  /** Up to this sequence the server had answered when this sale was taken: what comes after counts to the limits. */
  readonly acknowledged: number
  /** ISO 8601 in UTC with milliseconds, by the till's own clock. */
  readonly takenAt: string
  readonly policyVersion: number
  readonly kind: 'sale'
  readonly sale: OfflineSale
}

export interface OfflineSale {
  /** UUIDv7 of the till's making: names the sale for ever. */
  readonly orderId: string
  /** Digits, out of a block that the register took. */
  readonly number: string
  readonly businessDate: string
  readonly cashierId: string
  readonly customerId?: string
  readonly currency: CurrencyCode
  readonly prices: PriceMode
  readonly taxRounding: TaxRounding
  readonly roundingMode: RoundingMode
  readonly lines: readonly OfflineLine[]
  /** On all lines together, as it was given. */
  readonly orderDiscount?: OfflineDiscount
  readonly totals: OfflineTotals
  readonly note?: string
  readonly tenders: readonly OfflineTender[]
  /** Compact JWS of managers: see approval.ts. */
  readonly approvals: readonly string[]
  /** What of the goods comes out of stock that was set aside for this register. */
  readonly leases: readonly OfflineLeaseUse[]
}

/** One of the two, as it was given: a percentage, or an amount of the sale's currency. */
export type OfflineDiscount = { readonly percent: string } | { readonly amount: string }

export interface OfflineLine {
  /** Its name within the order: 1, 2, 3 …, or a UUID. */
  readonly id: string
  readonly productId: string
  readonly sku: string
  readonly name: string
  readonly categoryId?: string
  readonly quantity: string
  readonly unit: string
  /** Up to three digits finer than the currency: "1.599". */
  readonly unitPrice: string
  readonly lineDiscount?: OfflineDiscount
  readonly gross: string
  /** All that was taken off: the line's own discount and its part of the order's. */
  readonly discount: string
  readonly net: string
  readonly tax: string
  readonly total: string
  /** In the order in which they are levied. */
  readonly taxes: readonly OfflineTax[]
  readonly note?: string
}

export interface OfflineTax {
  readonly code: string
  readonly name: string
  /** In percent: "8.875". */
  readonly rate: string
  readonly compound: boolean
  readonly amount: string
}

export interface OfflineTotals {
  readonly gross: string
  readonly discount: string
  readonly net: string
  readonly tax: string
  readonly total: string
  /** What rounding to coins did; "0.00" unless all of it was paid in cash. */
  readonly cashRounding: string
}

export interface OfflineTender {
  /** UUID of the till's making: names the payment for ever. */
  readonly id: string
  readonly kind: OfflineTenderKind
  /** What was handed over: cash may be more than what is owed. */
  readonly amount: string
  /** On top of the amount. */
  readonly tip?: string
  /** A processor's token, or a terminal's own store-and-forward reference; never card data. */
  readonly token?: string
  readonly processor?: string
  readonly brand?: string
  readonly lastFour?: string
}

export interface OfflineLeaseUse {
  readonly leaseId: string
  readonly productId: string
  readonly quantity: string
}
