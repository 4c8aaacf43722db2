import { grantableGoods, type LeaseState, leftOf, type StockLease } from '../../domain/offline/stock-lease.ts'
import type { StockPage } from './stock-page.ts'

export interface WantedLease {
  readonly id: string
  readonly storeId: string
  readonly registerId: string
  readonly fingerprint: string
  /** Each product once, by product id. */
  readonly goods: readonly { readonly productId: string; readonly quantity: bigint }[]
  readonly expiresAt: Date
  readonly by: string | null
}

/** Leases that a till may have at a time. */
export const ACTIVE_LEASES_MOST = 20

export type Leased =
  | { readonly kind: 'LEASED'; readonly lease: StockLease }
  | { readonly kind: 'DIFFERENT' | 'TOO_MANY' | 'ENDED' | 'UNKNOWN' }

/** Sets as much aside for a till as it asks for and as is free, once, however often it asks under the same id. */
export async function leaseStock(page: StockPage, wanted: WantedLease, now: Date): Promise<Leased> {
  const { id, storeId, registerId, fingerprint, goods, expiresAt } = wanted
  const [known] = await page.leases([id])
  if (known) return known.fingerprint === fingerprint ? { kind: 'LEASED', lease: known } : { kind: 'DIFFERENT' }
  if ((await page.activeLeases(registerId)) >= ACTIVE_LEASES_MOST) return { kind: 'TOO_MANY' }
  const levels = await page.levels(goods.map(({ productId }) => productId))
  const lines = grantableGoods(goods, levels)
  const lease: StockLease = {
    ...{ id, storeId, registerId, state: 'ACTIVE', fingerprint, lines },
    ...{ expiresAt, createdAt: now, createdBy: wanted.by, endedAt: null },
  }
  await page.saveLease(lease)
  const moves = lines.map(({ productId, quantity }) => ({ productId, quantity: 0n, reserved: quantity }))
  if (moves.length > 0) await page.move('RESERVED', moves, { referenceId: id, now, offline: false })
  return { kind: 'LEASED', lease }
}

/** Makes a lease last longer; never shorter. */
export async function renewLease(page: StockPage, id: string, registerId: string, expiresAt: Date): Promise<Leased> {
  const [known] = await page.leases([id])
  if (known?.registerId !== registerId) return { kind: 'UNKNOWN' }
  if (known.state !== 'ACTIVE') return { kind: 'ENDED' }
  const lease = { ...known, expiresAt: expiresAt > known.expiresAt ? expiresAt : known.expiresAt }
  await page.saveLease(lease)
  return { kind: 'LEASED', lease }
}

/**
 * Gives back what was not sold out of a lease: because its till says so, or because its time is over. One that has ended
 * stays as it is; one that was renewed meanwhile does not run out.
 */
export async function endLease(
  page: StockPage,
  id: string,
  state: Exclude<LeaseState, 'ACTIVE'>,
  now: Date,
): Promise<Leased> {
  const [known] = await page.leases([id])
  if (!known) return { kind: 'UNKNOWN' }
  if (known.state !== 'ACTIVE' || (state === 'EXPIRED' && known.expiresAt > now))
    return { kind: 'LEASED', lease: known }
  const lease: StockLease = { ...known, state, endedAt: now }
  await page.saveLease(lease)
  const moves = known.lines.flatMap(line =>
    leftOf(line) > 0n ? [{ productId: line.productId, quantity: 0n, reserved: -leftOf(line) }] : [],
  )
  if (moves.length > 0) await page.move('RELEASED', moves, { referenceId: id, now, offline: false })
  return { kind: 'LEASED', lease }
}
