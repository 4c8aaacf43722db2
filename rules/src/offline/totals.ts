import type { Discount } from '../discount.ts'
import { RuleFault } from '../fault.ts'
import { formatMoney, money, parseMoney } from '../money.ts'
import { type Basket, type PricedAmount, type PricedBasket, type PricedLine, priceBasket } from '../pricing.ts'
import { parseQuantity } from '../quantity.ts'
import { parsePercent } from '../rate.ts'
import { customaryCashStep } from '../rounding.ts'
import { parseUnitPrice } from '../unit-price.ts'
import { OfflineFault } from './fault.ts'
import type { OfflineDiscount, OfflineLine, OfflineSale, OfflineTender } from './record.ts'

/** A sale as it was priced anew: amounts are minor units of its currency. */
export interface CheckedSale {
  readonly basket: Basket
  readonly priced: PricedBasket
  /** What rounding to coins did; zero unless all of it was paid in cash. */
  readonly cashRounding: bigint
  /** What the customer owed, rounded where it was: without tips. */
  readonly due: bigint
  readonly tips: bigint
  /** What was given back in cash. */
  readonly change: bigint
  /** What this sale counts to the limits of the policy: what was owed and given. */
  readonly value: bigint
}

/** What was put into the basket, out of what was written down of it. */
export function basketOf(sale: OfflineSale): Basket {
  const { currency, prices, taxRounding, roundingMode } = sale
  return {
    currency,
    prices,
    taxRounding,
    roundingMode,
    lines: sale.lines.map(line => ({
      id: line.id,
      unitPrice: parseUnitPrice(line.unitPrice, currency),
      quantity: parseQuantity(line.quantity, 'positive'),
      discount: discountOf(line.lineDiscount, sale),
      taxes: line.taxes.map(({ code, name, rate, compound }) => ({
        id: code,
        name,
        rate: parsePercent(rate),
        ...(compound ? { compound } : {}),
      })),
    })),
    discount: discountOf(sale.orderDiscount, sale),
    cashStep: customaryCashStep(currency),
  }
}

/** Prices a sale anew. Throws WRONG_TOTALS where it was written down otherwise, WRONG_TENDERS where it is not paid. */
export function checkTotals(sale: OfflineSale): CheckedSale {
  const basket = basketOf(sale)
  const priced = ruleFaultsAreWrongTotals(() => priceBasket(basket))
  sale.lines.forEach((line, index) => {
    checkLine(line, priced.lines[index], sale)
  })
  checkAmounts(sale.totals, priced.totals, sale, 'totals')
  return { basket, priced, ...checkTenders(sale, priced) }
}

function checkLine(line: OfflineLine, priced: PricedLine | undefined, sale: OfflineSale): void {
  if (priced === undefined || priced.taxes.length !== line.taxes.length) throw new OfflineFault('WRONG_TOTALS', line.id)
  checkAmounts(line, priced, sale, line.id)
  line.taxes.forEach((tax, index) => {
    if (tax.amount !== write(priced.taxes[index]?.amount ?? -1n, sale)) throw new OfflineFault('WRONG_TOTALS', line.id)
  })
}

function checkAmounts(
  written: Readonly<Record<'gross' | 'discount' | 'net' | 'tax' | 'total', string>>,
  priced: PricedAmount,
  sale: OfflineSale,
  where: string,
): void {
  for (const name of ['gross', 'discount', 'net', 'tax', 'total'] as const)
    if (written[name] !== write(priced[name], sale)) throw new OfflineFault('WRONG_TOTALS', `${where}.${name}`)
}

function checkTenders(sale: OfflineSale, priced: PricedBasket) {
  const { tenders } = sale
  const inCash = tenders.length > 0 && tenders.every(({ kind }) => kind === 'CASH')
  const cashRounding = inCash ? priced.cashRounding : 0n
  if (sale.totals.cashRounding !== write(cashRounding, sale)) throw new OfflineFault('WRONG_TOTALS', 'cashRounding')
  const due = priced.totals.total + cashRounding
  const handed = sumOf(tenders, sale)
  const inCards = sumOf(
    tenders.filter(({ kind }) => kind !== 'CASH'),
    sale,
  )
  const tips = tenders.reduce((sum, { tip }) => sum + (tip === undefined ? 0n : read(tip, sale)), 0n)
  // only cash can be given back, so cards may not be more than what is owed
  if (handed < due || inCards > due) throw new OfflineFault('WRONG_TENDERS', `${handed} of ${due}`)
  return { cashRounding, due, tips, change: handed - due, value: due + tips }
}

function sumOf(tenders: readonly OfflineTender[], sale: OfflineSale): bigint {
  return tenders.reduce((sum, { amount }) => sum + read(amount, sale), 0n)
}

function discountOf(discount: OfflineDiscount | undefined, sale: OfflineSale): Discount | undefined {
  if (discount === undefined) return undefined
  if ('percent' in discount) return { kind: 'PERCENT', rate: parsePercent(discount.percent) }
  return { kind: 'AMOUNT', amount: read(discount.amount, sale) }
}

function read(amount: string, sale: OfflineSale): bigint {
  return parseMoney(amount, sale.currency).minor
}

function write(minor: bigint, sale: OfflineSale): string {
  return formatMoney(money(minor, sale.currency))
}

function ruleFaultsAreWrongTotals<Value>(price: () => Value): Value {
  try {
    return price()
  } catch (error) {
    if (error instanceof RuleFault) throw new OfflineFault('WRONG_TOTALS', error.code)
    throw error
  }
}
