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

/** A fault that is put in on purpose, to see that it is found. */
export type Plant = 'none' | 'no-look-up' | 'no-inbox' | 'no-limits'

export const plants: readonly Plant[] = ['none', 'no-look-up', 'no-inbox', 'no-limits']

export interface OfflineOptions {
  readonly seed: number
  readonly tills: number
  /** Sales that customers want, over all tills. */
  readonly sales: number
  readonly plant: Plant
}

export const STORES = 2
export const PRODUCTS = 12
export const DECLINE_RATE = 0.05
export const UNKNOWN_RATE = 0.05
/** Of all tills, at least one. */
export const REVOKED_SHARE = 0.04
export const ROGUE_SHARE = 0.04
