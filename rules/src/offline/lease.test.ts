import { expect, test } from 'vitest'
import { offlineFaultOf } from '../../test/offline-sample.ts'
import { parseStockLease, type StockLease } from './lease.ts'

const uuid = (last: number) => `0192a000-0000-7000-8000-${String(last).padStart(12, '0')}`

const lease: StockLease = {
  version: 1,
  leaseId: uuid(1),
  tenantId: uuid(2),
  storeId: uuid(3),
  registerId: uuid(4),
  lines: [{ productId: uuid(5), quantity: '2.5' }],
  expiresAt: '2026-03-01T12:00:00.000Z',
}

test('a lease is read as it was written, and with a fault in it not at all', () => {
  expect(parseStockLease(lease)).toEqual(lease)
  const spoilt = [
    { ...lease, more: 1 },
    { ...lease, version: 2 },
    { ...lease, expiresAt: 'soon' },
    ...['0', '-1', '1.0', '1e3', ''].map(quantity => ({ ...lease, lines: [{ productId: uuid(5), quantity }] })),
  ]
  for (const one of spoilt) expect(offlineFaultOf(() => parseStockLease(one))).toBe('MALFORMED_RECORD')
})
