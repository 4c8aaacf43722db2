import { makeId } from '@tillgraph/kit/ids'
import { expect, test } from 'vitest'
import type { OfflineSale } from '../../src/domain/offline/offline-sale.ts'
import { endLease, leaseStock, renewLease, type WantedLease } from '../../src/usecases/offline/lease-stock.ts'
import { sellOffline } from '../../src/usecases/offline/sell-offline.ts'
import type { StockBooks } from '../../src/usecases/offline/stock-page.ts'

/** Books of stock as a test sees them. */
export interface StockUnderTest {
  readonly books: StockBooks
  /** Puts goods on a shelf. */
  stock(tenantId: string, storeId: string, productId: string, quantity: bigint): Promise<void>
  level(tenantId: string, storeId: string, productId: string): Promise<{ onHand: bigint; reserved: bigint }>
  incidents(tenantId: string, orderId: string): Promise<{ productId: string; quantity: bigint; short: bigint }[]>
  /** Names of events about an order's incidents. */
  told(tenantId: string): Promise<string[]>
}

const NOW = new Date('2026-03-01T12:00:00.000Z')
const LATER = new Date('2026-03-01T13:00:00.000Z')
const MUCH_LATER = new Date('2026-03-01T14:00:00.000Z')

/** What every kind of books must do, Postgres or memory. */
export function stockSuite(start: () => StockUnderTest): void {
  async function shelf(quantity: bigint) {
    const under = start()
    const shop = { tenantId: makeId(), storeId: makeId(), registerId: makeId(), productId: makeId() }
    await under.stock(shop.tenantId, shop.storeId, shop.productId, quantity)
    const level = () => under.level(shop.tenantId, shop.storeId, shop.productId)
    const holding = <T>(work: Parameters<typeof under.books.holding<T>>[2]) =>
      under.books.holding(shop.tenantId, shop.storeId, work)
    const wanted = (quantity: bigint, given: Partial<WantedLease> = {}): WantedLease => ({
      ...{ id: makeId(), storeId: shop.storeId, registerId: shop.registerId, fingerprint: 'same' },
      ...{ goods: [{ productId: shop.productId, quantity }], expiresAt: LATER, by: null },
      ...given,
    })
    const sale = (quantity: bigint, leaseId?: string, given: Partial<OfflineSale> = {}): OfflineSale => ({
      ...{ orderId: makeId(), storeId: shop.storeId, registerId: shop.registerId, cashierId: null, takenAt: NOW },
      goods: [{ productId: shop.productId, quantity }],
      leases: leaseId ? [{ leaseId, lines: [{ productId: shop.productId, quantity }] }] : [],
      ...given,
    })
    const sell = (sold: OfflineSale) => holding(page => sellOffline(page, sold, NOW, makeId))
    return { ...shop, ...under, level, holding, wanted, sale, sell }
  }

  test('a lease sets aside as much as is free, once, and gives back what was not sold of it', async () => {
    const { level, holding, wanted, sale, sell } = await shelf(10n)
    const first = wanted(6n)
    const leased = await holding(page => leaseStock(page, first, NOW))
    expect(leased).toMatchObject({ kind: 'LEASED', lease: { lines: [{ quantity: 6n, sold: 0n }] } })
    expect(await holding(page => leaseStock(page, first, NOW))).toEqual(leased)
    expect(await holding(page => leaseStock(page, { ...first, fingerprint: 'other' }, NOW))).toEqual({
      kind: 'DIFFERENT',
    })
    const second = await holding(page => leaseStock(page, wanted(6n), NOW))
    expect(second).toMatchObject({ lease: { lines: [{ quantity: 4n }] } })
    expect(await level()).toMatchObject({ onHand: 10n, reserved: 10n })
    const third = await holding(page => leaseStock(page, wanted(1n), NOW))
    expect(third).toMatchObject({ kind: 'LEASED', lease: { lines: [] } })
    await sell(sale(2n, first.id))
    expect(await level()).toMatchObject({ onHand: 8n, reserved: 8n })
    const ended = await holding(page => endLease(page, first.id, 'RETURNED', NOW))
    expect(ended).toMatchObject({ lease: { state: 'RETURNED', lines: [{ quantity: 6n, sold: 2n }] } })
    expect(await holding(page => endLease(page, first.id, 'RETURNED', NOW))).toEqual(ended)
    expect(await level()).toMatchObject({ onHand: 8n, reserved: 4n })
  })

  test('a lease runs out when its time is over and not before, and not when it was renewed', async () => {
    const { level, holding, wanted, registerId } = await shelf(5n)
    const { id } = await holding(async page => {
      const asked = wanted(5n)
      await leaseStock(page, asked, NOW)
      return asked
    })
    await holding(page => endLease(page, id, 'EXPIRED', NOW))
    expect(await level()).toMatchObject({ reserved: 5n })
    await holding(page => renewLease(page, id, registerId, MUCH_LATER))
    await holding(page => renewLease(page, id, registerId, LATER))
    await holding(page => endLease(page, id, 'EXPIRED', LATER))
    expect(await level()).toMatchObject({ reserved: 5n })
    await holding(page => endLease(page, id, 'EXPIRED', MUCH_LATER))
    expect(await level()).toMatchObject({ onHand: 5n, reserved: 0n })
    expect(await holding(page => renewLease(page, id, registerId, MUCH_LATER))).toEqual({ kind: 'ENDED' })
    expect(await holding(page => renewLease(page, makeId(), registerId, LATER))).toEqual({ kind: 'UNKNOWN' })
  })

  test('a till has so many leases at a time and no more', async () => {
    const { holding, wanted } = await shelf(1000n)
    for (let leased = 0; leased < 20; leased++)
      expect((await holding(page => leaseStock(page, wanted(1n), NOW))).kind).toBe('LEASED')
    expect(await holding(page => leaseStock(page, wanted(1n), NOW))).toEqual({ kind: 'TOO_MANY' })
  })

  test('an offline sale is taken once, whatever is there, and what was not there is an incident', async () => {
    const { tenantId, level, sale, sell, incidents, told, productId } = await shelf(3n)
    const sold = sale(5n)
    await sell(sold)
    await sell(sold)
    expect(await level()).toMatchObject({ onHand: -2n, reserved: 0n })
    expect(await incidents(tenantId, sold.orderId)).toEqual([{ productId, quantity: 5n, short: 2n }])
    const next = sale(1n)
    await sell(next)
    expect(await level()).toMatchObject({ onHand: -3n })
    expect(await incidents(tenantId, next.orderId)).toEqual([{ productId, quantity: 1n, short: 1n }])
    expect((await told(tenantId)).filter(name => name === 'inventory.oversold_incident.raised.v1')).toHaveLength(2)
  })

  test('goods that were leased to another till are not there for this one', async () => {
    const { tenantId, level, holding, wanted, sale, sell, incidents, productId } = await shelf(4n)
    const lease = wanted(4n, { registerId: makeId() })
    await holding(page => leaseStock(page, lease, NOW))
    const sold = sale(1n, lease.id)
    await sell(sold)
    expect(await level()).toMatchObject({ onHand: 3n, reserved: 4n })
    expect(await incidents(tenantId, sold.orderId)).toEqual([{ productId, quantity: 1n, short: 1n }])
  })

  test('work that dies in the middle leaves nothing', async () => {
    const { level, holding, sale } = await shelf(4n)
    const sold = sale(3n)
    const died = holding(async page => {
      await sellOffline(page, sold, NOW, makeId)
      throw new Error('died')
    })
    await expect(died).rejects.toThrow('died')
    expect(await level()).toMatchObject({ onHand: 4n })
    await holding(page => sellOffline(page, sold, NOW, makeId))
    expect(await level()).toMatchObject({ onHand: 1n })
  })

  test('the same sales at once, each three times: each is taken once', async () => {
    const { level, sale, sell } = await shelf(100n)
    const sales = Array.from({ length: 12 }, () => sale(2n))
    await Promise.all([...sales, ...sales, ...sales].map(sell))
    expect(await level()).toMatchObject({ onHand: 76n })
  })
}
