import { expect, test } from 'vitest'
import { stripeAmount } from './stripe.ts'

test('amounts are in the unit that Stripe counts in', () => {
  expect(stripeAmount(1250n, 'CHF')).toBe(1250)
  expect(stripeAmount(1250n, 'JPY')).toBe(1250)
  expect(stripeAmount(1250n, 'ISK')).toBe(125_000)
  expect(stripeAmount(99_999_999n, 'CHF')).toBe(99_999_999)
  expect(() => stripeAmount(100_000_000n, 'CHF')).toThrow(/too much/)
})
