import { describe, expect, it } from 'vitest'
import { currencyCodes } from './currency.ts'
import { formatMoney, money } from './money.ts'
import { roles } from './permissions.ts'
import { RATE_ONE } from './rate.ts'
import { defaultCeilings, isWithinClass, limitsOf, roleLimits } from './role-limits.ts'

const ceilings = defaultCeilings('EUR')

describe("a role's limits", () => {
  it('are written down for every role', () => {
    expect(Object.keys(roleLimits).sort()).toEqual([...roles].sort())
  })

  it('let a cashier give a tenth away, a manager half, an owner all', () => {
    expect([limitsOf(['CASHIER']), limitsOf(['MANAGER']), limitsOf(['OWNER'])].map(l => l.maximumDiscount)).toEqual([
      RATE_ONE / 10n,
      RATE_ONE / 2n,
      RATE_ONE,
    ])
  })

  it('are the widest of the roles one has, in any order', () => {
    const both = { maximumDiscount: RATE_ONE / 2n, refund: 'LARGE', cancel: 'ANY' }
    expect(limitsOf(['CASHIER', 'MANAGER'])).toEqual(both)
    expect(limitsOf(['MANAGER', 'STOCK_CLERK', 'CASHIER'])).toEqual(both)
  })

  it('allow nothing to who has no role, or one nobody knows', () => {
    const nothing = { maximumDiscount: 0n, refund: 'NONE', cancel: 'NONE' }
    expect([limitsOf([]), limitsOf(['ADMIN', '__proto__']), limitsOf(['COURIER'])]).toEqual([nothing, nothing, nothing])
  })
})

describe('a refund', () => {
  it.each([
    ['50.00', 'SMALL', 5000n, true],
    ['50.01', 'SMALL', 5001n, false],
    ['1000.00', 'LARGE', 100_000n, true],
    ['1000.01', 'LARGE', 100_001n, false],
    ['9999999.00', 'ANY', 999_999_900n, true],
    ['0.00', 'NONE', 0n, false],
  ] as const)('of %s within %s: case %#', (_, limit, minor, allowed) => {
    expect(isWithinClass(money(minor, 'EUR'), limit, ceilings)).toBe(allowed)
  })

  it('is measured in round amounts of the currency', () => {
    const small = (['EUR', 'JPY', 'KWD', 'IDR'] as const).map(code => formatMoney(defaultCeilings(code).small))
    expect(small).toEqual(['50.00', '5000', '50.000', '500000.00'])
    for (const code of currencyCodes) {
      const { small, large } = defaultCeilings(code)
      expect(large.minor).toBe(small.minor * 20n)
    }
  })
})
