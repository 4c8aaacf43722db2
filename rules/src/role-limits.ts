import type { CurrencyCode } from './currency.ts'
import { minorDigits } from './currency.ts'
import { compareMoney, type Money } from './money.ts'
import { isRole, type Role } from './permissions.ts'
import { RATE_ONE, type Rate } from './rate.ts'

/**
 * How much of an amount a role may decide on by itself. What SMALL and LARGE are in money is a setting of the store
 * (AmountCeilings), so that the same roles serve a kiosk in Jakarta and a jeweller in Geneva.
 */
export const amountClasses = ['NONE', 'SMALL', 'LARGE', 'ANY'] as const

export type AmountClass = (typeof amountClasses)[number]

export interface AmountCeilings {
  readonly small: Money
  readonly large: Money
}

/** What a role may do without the approval of a manager, as tills enforce it with no network. */
export interface RoleLimits {
  /** On a line and on the order together, as a share of the price. */
  readonly maximumDiscount: Rate
  readonly refund: AmountClass
  /** Cancelling an order that has lines. */
  readonly cancel: AmountClass
}

const nothing: RoleLimits = { maximumDiscount: 0n, refund: 'NONE', cancel: 'NONE' }

export const roleLimits: Readonly<Record<Role, RoleLimits>> = {
  OWNER: { maximumDiscount: RATE_ONE, refund: 'ANY', cancel: 'ANY' },
  MANAGER: { maximumDiscount: RATE_ONE / 2n, refund: 'LARGE', cancel: 'ANY' },
  CASHIER: { maximumDiscount: RATE_ONE / 10n, refund: 'SMALL', cancel: 'SMALL' },
  STOCK_CLERK: nothing,
  COURIER: nothing,
}

/** Of several roles the widest limit each; a name that is no role gives nothing. */
export function limitsOf(held: readonly string[]): RoleLimits {
  return held
    .filter(isRole)
    .map(role => roleLimits[role])
    .reduce(
      (widest, limits) => ({
        maximumDiscount: larger(limits.maximumDiscount, widest.maximumDiscount),
        refund: widerClass(limits.refund, widest.refund),
        cancel: widerClass(limits.cancel, widest.cancel),
      }),
      nothing,
    )
}

/** Whether an amount is within a class. Nothing, not even zero, is within NONE. */
export function isWithinClass(amount: Money, limit: AmountClass, ceilings: AmountCeilings): boolean {
  switch (limit) {
    case 'NONE':
      return false
    case 'SMALL':
      return compareMoney(amount, ceilings.small) <= 0
    case 'LARGE':
      return compareMoney(amount, ceilings.large) <= 0
    case 'ANY':
      return true
  }
}

// By how many powers of ten a currency's unit is worth less than a euro, where that is two or more.
const weakUnits: Readonly<Partial<Record<CurrencyCode, bigint>>> = {
  AMD: 100n,
  ARS: 1000n,
  CLP: 1000n,
  COP: 1000n,
  CRC: 100n,
  DZD: 100n,
  HUF: 100n,
  IDR: 10_000n,
  INR: 100n,
  IQD: 1000n,
  IRR: 10_000n,
  ISK: 100n,
  JPY: 100n,
  KES: 100n,
  KHR: 1000n,
  KRW: 1000n,
  KZT: 100n,
  LAK: 10_000n,
  LBP: 10_000n,
  LKR: 100n,
  MMK: 1000n,
  MNT: 1000n,
  NGN: 1000n,
  PKR: 100n,
  PYG: 1000n,
  RSD: 100n,
  RUB: 100n,
  RWF: 1000n,
  TZS: 1000n,
  UGX: 1000n,
  UZS: 10_000n,
  VND: 10_000n,
  XAF: 100n,
  XOF: 100n,
}

const SMALL_UNITS = 50n
const LARGE_UNITS = 1000n

/** What a new store starts with: about 50 and about 1,000 euro's worth, in round amounts of its currency. */
export function defaultCeilings(currency: CurrencyCode): AmountCeilings {
  const unit = (weakUnits[currency] ?? 1n) * 10n ** BigInt(minorDigits(currency))
  return { small: { minor: SMALL_UNITS * unit, currency }, large: { minor: LARGE_UNITS * unit, currency } }
}

function larger(a: Rate, b: Rate): Rate {
  return a > b ? a : b
}

function widerClass(a: AmountClass, b: AmountClass): AmountClass {
  return amountClasses.indexOf(a) > amountClasses.indexOf(b) ? a : b
}
