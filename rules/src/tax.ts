import { RuleFault } from './fault.ts'
import { add, compare, divideBy, type Fraction, fraction, multiply, one, remainder, round, zero } from './fraction.ts'
import { RATE_ONE, type Rate } from './rate.ts'
import type { RoundingMode } from './rounding.ts'

/** One tax. `compound` is levied on the net and on the taxes that stand before it in its class. */
export interface TaxRate {
  readonly id: string
  readonly name: string
  readonly rate: Rate
  readonly compound?: boolean
}

/** What a product is taxed with: the taxes in the order in which they are levied; none when it is untaxed. */
export type TaxClass = readonly TaxRate[]

/** Whether a price holds its taxes (most of the world) or they are added to it (North America). */
export type PriceMode = 'INCLUSIVE' | 'EXCLUSIVE'

/** LINE rounds each tax on each line; RECEIPT rounds each tax once, on its exact sum over the receipt. */
export type TaxRounding = 'LINE' | 'RECEIPT'

export interface TaxRules {
  readonly prices: PriceMode
  readonly rounding: TaxRounding
  readonly mode: RoundingMode
  /** Ids of the taxes that this customer or this order need not pay. */
  readonly exemptions: ReadonlySet<string>
}

export interface TaxableLine {
  /** Minor units after discounts: the gross where prices are inclusive, the net where they are exclusive. */
  readonly amount: bigint
  readonly taxes: TaxClass
}

export interface LineTax {
  readonly tax: TaxRate
  readonly amount: bigint
}

export interface TaxedLine {
  readonly net: bigint
  readonly taxes: readonly LineTax[]
  /** net + taxes, exactly. */
  readonly total: bigint
  /** What an exemption took off an inclusive price. */
  readonly exempted: bigint
}

export const MAX_TAX_RATES_PER_LINE = 8

/** A line with its taxes as exact fractions of a minor unit. */
interface ExactLine {
  readonly base: bigint
  readonly exempted: bigint
  readonly taxes: readonly { readonly tax: TaxRate; readonly exact: Fraction }[]
}

/**
 * Taxes the lines of a receipt. Each tax is an exact fraction until it is rounded, once: by itself for the line or for
 * the receipt. A receipt's tax is handed back to its lines, each within one minor unit of its exact part.
 */
export function taxLines(lines: readonly TaxableLine[], rules: TaxRules): TaxedLine[] {
  const sharesOf = rememberShares(rules)
  const exact = lines.map(line => exactLine(line, sharesOf(line.taxes), rules))
  const amounts =
    rules.rounding === 'RECEIPT' ? roundTogether(exact, rules) : exact.flatMap(line => roundTogether([line], rules))
  return exact.map((line, index) => taxedLine(line, amounts[index] ?? [], rules.prices))
}

/** Each tax of a class as a fraction of the net: compound ones count the taxes before them. */
export function taxFactors(taxes: TaxClass): Fraction[] {
  let withTaxes = one
  return taxes.map(tax => {
    const rate = fraction(tax.rate, RATE_ONE)
    const factor = tax.compound === true ? multiply(rate, withTaxes) : rate
    withTaxes = add(withTaxes, factor)
    return factor
  })
}

interface Shares {
  readonly taxes: TaxClass
  /** Of the amount that is taxed: the net where prices are exclusive, the gross where they are inclusive. */
  readonly parts: readonly Fraction[]
  /** What remains of an inclusive price once exempt taxes are out of it. */
  readonly payable: Fraction
}

function rememberShares(rules: TaxRules): (taxes: TaxClass) => Shares {
  const known = new Map<TaxClass, Shares>()
  return taxes => {
    const found = known.get(taxes) ?? sharesOf(taxes, rules)
    known.set(taxes, found)
    return found
  }
}

function sharesOf(all: TaxClass, rules: TaxRules): Shares {
  if (all.length > MAX_TAX_RATES_PER_LINE) throw new RuleFault('TOO_MANY_TAX_RATES')
  if (new Set(all.map(tax => tax.id)).size !== all.length) throw new RuleFault('DUPLICATE_TAX_RATE')
  for (const tax of all) if (tax.rate < 0n) throw new RuleFault('NEGATIVE', tax.id)
  const taxes = all.filter(tax => !rules.exemptions.has(tax.id))
  const factors = taxFactors(taxes)
  if (rules.prices === 'EXCLUSIVE') return { taxes, parts: factors, payable: one }
  const gross = factors.reduce(add, one)
  const grossOfAll = taxFactors(all).reduce(add, one)
  return { taxes, parts: factors.map(factor => divideBy(factor, gross)), payable: divideBy(gross, grossOfAll) }
}

function exactLine(line: TaxableLine, shares: Shares, rules: TaxRules): ExactLine {
  if (line.amount < 0n) throw new RuleFault('NEGATIVE', line.amount.toString())
  const base = round(multiply(fraction(line.amount, 1n), shares.payable), rules.mode)
  const taxes = shares.taxes.map((tax, index) => ({
    tax,
    exact: multiply(fraction(base, 1n), shares.parts[index] ?? zero),
  }))
  return { base, exempted: line.amount - base, taxes }
}

/** One unit that could still be handed to a tax of a line, and how much of it is due there exactly. */
interface Claim {
  readonly line: number
  readonly tax: number
  readonly due: Fraction
}

/**
 * Rounds each tax on its exact sum over the lines given, then hands it back: every line has its exact part rounded
 * down, and the units left over go to the largest remainders, the earlier line first where they tie. A line with an
 * inclusive price cannot hold more tax than it costs: a line of a cent or two passes its claim on to the next, and
 * if no line can hold the unit, the tax gives way by it rather than make a net negative.
 */
function roundTogether(lines: readonly ExactLine[], rules: TaxRules): bigint[][] {
  const amounts = lines.map(line => line.taxes.map(({ exact }) => round(exact, 'DOWN')))
  const room = lines.map((line, index) => line.base - (amounts[index] ?? []).reduce((sum, tax) => sum + tax, 0n))
  for (const { sum, claims } of gatherClaims(lines)) {
    let left =
      round(sum, rules.mode) - claims.reduce((whole, claim) => whole + (amounts[claim.line]?.[claim.tax] ?? 0n), 0n)
    for (const claim of claims.filter(({ due }) => due.numerator > 0n).sort(largestFirst)) {
      const row = amounts[claim.line]
      if (left === 0n || row === undefined) break
      if (rules.prices === 'INCLUSIVE' && (room[claim.line] ?? 0n) === 0n) continue
      row[claim.tax] = (row[claim.tax] ?? 0n) + 1n
      room[claim.line] = (room[claim.line] ?? 0n) - 1n
      left -= 1n
    }
  }
  return amounts
}

function gatherClaims(lines: readonly ExactLine[]): { sum: Fraction; claims: Claim[] }[] {
  const byTax = new Map<string, { sum: Fraction; claims: Claim[] }>()
  lines.forEach((line, lineIndex) => {
    line.taxes.forEach(({ tax, exact }, taxIndex) => {
      const found = byTax.get(taxKey(tax)) ?? { sum: zero, claims: [] }
      found.sum = add(found.sum, exact)
      found.claims.push({ line: lineIndex, tax: taxIndex, due: remainder(exact) })
      byTax.set(taxKey(tax), found)
    })
  })
  return [...byTax.values()]
}

function largestFirst(a: Claim, b: Claim): number {
  return compare(b.due, a.due) || a.line - b.line
}

/** The same tax at another rate, as when a rate changed while an order was open, is a tax of its own. */
export function taxKey(tax: TaxRate): string {
  return `${tax.rate}${tax.compound === true ? 'c' : 's'}${tax.id}`
}

function taxedLine(line: ExactLine, amounts: readonly bigint[], prices: PriceMode): TaxedLine {
  const taxes = line.taxes.map(({ tax }, index) => ({ tax, amount: amounts[index] ?? 0n }))
  const sum = taxes.reduce((total, { amount }) => total + amount, 0n)
  const net = prices === 'INCLUSIVE' ? line.base - sum : line.base
  return { net, taxes, total: net + sum, exempted: line.exempted }
}
