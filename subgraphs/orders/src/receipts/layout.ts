import type { Discount } from '@tillgraph/rules/discount'
import { formatMoney, money } from '@tillgraph/rules/money'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { formatPercent } from '@tillgraph/rules/rate'
import { formatUnitPrice } from '@tillgraph/rules/unit-price'
import { type Order, type OrderLine, sumTaxes } from '../domain/order.ts'
import { formatNumber } from '../domain/order-number.ts'
import type { OrderReturn } from '../domain/order-return.ts'
import { plainText } from '../domain/plain-text.ts'
import type { TenderKind } from '../domain/tender.ts'
import { localTime, type Receipt, type ReceiptCopy, type ReceiptTender, receiptCode, textLines } from './receipt.ts'

/** A row of a receipt, which every form of it shows in its own way. */
export type ReceiptRow =
  | { readonly kind: 'title' | 'centered' | 'mark' | 'heading' | 'note'; readonly text: string }
  | { readonly kind: 'pair' | 'strong' | 'fine'; readonly left: string; readonly right: string }
  | { readonly kind: 'rule' }
  | { readonly kind: 'code'; readonly content: string; readonly caption: string }

const TENDERS: Readonly<Record<TenderKind, string>> = {
  CASH: 'Cash',
  CARD: 'Card',
  MOBILE: 'Mobile payment',
  STORE_CREDIT: 'Store credit',
  GIFT_CARD: 'Gift card',
}

const UNITS: Readonly<Record<string, string>> = {
  ...{ PIECE: '', KILOGRAM: 'kg', GRAM: 'g', LITRE: 'l', MILLILITRE: 'ml', METRE: 'm', HOUR: 'h' },
  ...{ SQUARE_METRE: 'm²', CUBIC_METRE: 'm³' },
}

/** A receipt from top to bottom: the same rows on paper, on a page and in an e-mail. */
export function layOut(receipt: Receipt, copy: ReceiptCopy): ReceiptRow[] {
  const parts = [
    soldWhen(receipt),
    receipt.order.lines.flatMap(line => linesOf(line, receipt.order)),
    totalsOf(receipt.order, receipt.tenders),
    taxesOf(receipt.order),
    ...receipt.returns.map(given => returnOf(given, receipt)),
    textLines(receipt.order.note).map(text => ({ kind: 'note', text }) as const),
  ]
  return [
    ...headOf(receipt, copy),
    ...parts.filter(part => part.length > 0).flatMap(part => [{ kind: 'rule' } as const, ...part]),
    ...[{ kind: 'rule' } as const, ...textLines(receipt.store.footer).map(centered)],
    { kind: 'code', content: receiptCode(receipt.order), caption: receipt.order.id },
  ]
}

const centered = (text: string): ReceiptRow => ({ kind: 'centered', text: plainText(text) })

function pair(left: string, right: string, kind: 'pair' | 'strong' | 'fine' = 'pair'): ReceiptRow {
  return { kind, left: plainText(left), right: plainText(right) }
}

const amountsOf = (order: Order) => (minor: bigint) => formatMoney(money(minor, order.currency))

function headOf({ store }: Receipt, { copy, madeAt }: ReceiptCopy): ReceiptRow[] {
  const rows: ReceiptRow[] = [{ kind: 'title', text: plainText(store.name) }, ...store.address.map(centered)]
  if (store.taxNumber) rows.push(centered(`Tax no. ${store.taxNumber}`))
  rows.push(...textLines(store.header).map(centered))
  if (copy > 1) rows.push({ kind: 'mark', text: `COPY ${copy} - ${localTime(madeAt, store.timeZone)}` })
  return rows
}

function soldWhen({ order, store, registerName, cashierName }: Receipt): ReceiptRow[] {
  const rows = [
    pair('Receipt', formatNumber(order.number), 'strong'),
    pair('Date', localTime(order.completedAt ?? order.createdAt, store.timeZone)),
  ]
  if (registerName) rows.push(pair('Till', registerName))
  if (cashierName) rows.push(pair('Served by', cashierName))
  return rows
}

function linesOf(line: OrderLine, order: Order): ReceiptRow[] {
  const amount = amountsOf(order)
  const unit = UNITS[line.unit] ?? line.unit.toLowerCase()
  const price = formatUnitPrice({ minorThousandths: line.unitPrice }, order.currency)
  const rows = [
    pair(line.name, amount(line.gross)),
    pair(`${formatQuantity(line.quantity)}${unit === '' ? '' : ` ${unit}`} × ${price}`, '', 'fine'),
  ]
  if (line.discount > 0n)
    rows.push(pair(`Discount${percentOf(line.lineDiscount)}`, `-${amount(line.discount)}`, 'fine'))
  for (const text of textLines(line.note)) rows.push(pair(text, '', 'fine'))
  return rows
}

function totalsOf(order: Order, tenders: readonly ReceiptTender[]): ReceiptRow[] {
  const amount = amountsOf(order)
  const rows: ReceiptRow[] = []
  if (order.discount > 0n)
    rows.push(
      pair('Subtotal', amount(order.gross)),
      pair(`Discounts${percentOf(order.orderDiscount)}`, `-${amount(order.discount)}`),
    )
  if (order.prices === 'EXCLUSIVE') rows.push(pair('Net', amount(order.net)), pair('Taxes', amount(order.tax)))
  rows.push(pair(`Total ${order.currency}`, amount(order.total), 'strong'))
  if (order.cashRounding !== 0n)
    rows.push(
      pair('Rounding', amount(order.cashRounding)),
      pair('To pay', amount(order.total + order.cashRounding), 'strong'),
    )
  for (const { kind, brand, lastFour, tendered, tip } of tenders) {
    const card = [brand ?? '', lastFour ? `**** ${lastFour}` : ''].filter(Boolean).join(' ')
    rows.push(pair(card ? `${TENDERS[kind]} ${card}` : TENDERS[kind], amount(tendered)))
    if (tip > 0n) rows.push(pair('Tip', amount(tip)))
  }
  if (order.change > 0n) rows.push(pair('Change', `-${amount(order.change)}`))
  return rows
}

function taxesOf(order: Order): ReceiptRow[] {
  const amount = amountsOf(order)
  const taxes = sumTaxes(order.lines)
  return [
    { kind: 'heading', text: order.prices === 'INCLUSIVE' ? 'Taxes included' : 'Taxes' },
    ...taxes.map(({ tax, net }) =>
      pair(`${tax.name} ${formatPercent(tax.rate)} % of ${amount(net)}`, amount(tax.amount), 'fine'),
    ),
    ...(taxes.length === 0 ? [pair('None', amount(0n), 'fine')] : []),
  ]
}

function returnOf(given: OrderReturn, { order, store }: Receipt): ReceiptRow[] {
  const amount = amountsOf(order)
  const tax = given.lines.reduce((sum, line) => sum + line.tax, 0n)
  return [
    { kind: 'heading', text: `Returned ${localTime(given.createdAt, store.timeZone)}` },
    ...given.lines.map(back => {
      const name = order.lines.find(({ id }) => id === back.lineId)?.name ?? ''
      return pair(`${formatQuantity(back.quantity)} × ${name}`, `-${amount(back.total)}`)
    }),
    ...(tax === 0n ? [] : [pair('Taxes in it', `-${amount(tax)}`, 'fine')]),
    pair('Given back', amount(given.amount), 'strong'),
  ]
}

function percentOf(discount: Discount | null): string {
  return discount?.kind === 'PERCENT' ? ` ${formatPercent(discount.rate)} %` : ''
}
