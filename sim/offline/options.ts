export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000

/** When a simulated world begins: a Sunday, so that its days are as good as any. */
export const STARTS_AT = Date.UTC(2026, 2, 1, 6)

/** Tills sell for so long; what they sold is handed in before it is three days old. */
export const SELLING_MS = 48 * HOUR_MS
export const LAST_UPLOAD_MS = 66 * HOUR_MS
export const COPIES_UNTIL_MS = 70 * HOUR_MS
/** By then all that was queued must have ended, whatever stood still meanwhile. */
export const OVER_MS = 14 * 24 * HOUR_MS

export const CLOCK_OFF_MOST_MS = 2 * HOUR_MS

/** Faults that are put in on purpose, to see that they are found. */
export const plants = [
  'none',
  /** A payment is sent again without asking whether it was charged. */
  'no-look-up',
  /** Events have their effect each time they are heard. */
  'no-inbox',
  /** Policies of any size. */
  'no-limits',
  /** A record that was decided on is decided on again. */
  'no-memory',
  /** Keys are good for ever. */
  'no-revocation',
  /** Any signature will do. */
  'no-signatures',
] as const

export type Plant = (typeof plants)[number]

/** Ed25519, a keyed hash in its place, or the one or the other as the seed says. */
export type CryptoChoice = 'real' | 'fake' | 'drawn'

export const cryptoChoices: readonly CryptoChoice[] = ['drawn', 'real', 'fake']

/** Where it is drawn, one of so many worlds runs on Ed25519. */
export const REAL_CRYPTO_ONCE_IN = 50

export interface OfflineOptions {
  readonly seed: number
  readonly tills: number
  /** Sales that customers want, over all tills. */
  readonly sales: number
  readonly plant: Plant
  readonly crypto: CryptoChoice
}

export const STORES = 2
export const PRODUCTS = 12
export const DECLINE_RATE = 0.05
export const UNKNOWN_RATE = 0.05
/** Of all tills, at least one. */
export const REVOKED_SHARE = 0.04
export const ROGUE_SHARE = 0.04
