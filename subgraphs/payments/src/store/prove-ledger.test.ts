import { expect, test } from 'vitest'
import { partsOf } from './prove-ledger.ts'

test('all accounts are in one part or another, and in one only', () => {
  for (const accounts of [0, 1, 200_000, 200_001, 1_000_000, 7_654_321, 10 ** 9]) {
    const parts = partsOf(accounts)
    expect(parts[0]?.[0]).toBe('00000000-0000-0000-0000-000000000000')
    expect(parts.at(-1)?.[1]).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff')
    parts.slice(1).forEach(([from], index) => {
      expect(from).toBe(parts[index]?.[1])
    })
    expect(parts.length).toBe(Math.min(Math.max(Math.ceil(accounts / 200_000), 1), 256))
  }
})
