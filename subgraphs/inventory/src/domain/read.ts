import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Sign } from '@tillgraph/rules/decimal'
import { InputFault } from '@tillgraph/rules/input-fault'
import { withoutCardNumber } from '@tillgraph/rules/input-fields'
import { parseQuantity, type Quantity } from '@tillgraph/rules/quantity'
import { parseNote, parseText } from '@tillgraph/rules/text'
import { parseUnitPrice } from '@tillgraph/rules/unit-price'
import { isUuid } from '@tillgraph/rules/uuid'

/** Fields of inputs; each throws InputFault, which names the field. */

export function readId(field: string, given: string): string {
  if (!isUuid(given)) throw new InputFault(field, 'This must be a UUID in lower case.')
  return given
}

export function readQuantity(field: string, given: string, sign: Sign): Quantity {
  return InputFault.at(field, () => parseQuantity(given, sign))
}

/** Free text in lines. Card numbers are refused wherever somebody could write one. */
export function readNote(field: string, given: string | null | undefined, charactersMost: number): string {
  const text = InputFault.at(field, () => parseNote(given ?? '', charactersMost))
  return withoutCardNumber(field, text)
}

/** Text in one line, never empty. */
export function readLine(field: string, given: string, charactersMost: number): string {
  return withoutCardNumber(
    field,
    InputFault.at(field, () => parseText(given, charactersMost)),
  )
}

/** What one unit costs, in thousandths of the smallest unit of the store's currency. */
export function readUnitCost(
  field: string,
  given: { readonly amount: string; readonly currency: CurrencyCode },
  currency: CurrencyCode,
): bigint {
  if (given.currency !== currency)
    throw new InputFault(`${field}.currency`, `This store keeps its books in ${currency}.`)
  return InputFault.at(`${field}.amount`, () => parseUnitPrice(given.amount, currency).minorThousandths)
}

/** Refuses a list that is empty, too long, or names a product twice. */
export function checkLines(lines: readonly { readonly productId: string }[], most: number): void {
  if (lines.length === 0 || lines.length > most) throw new InputFault('lines', `There must be 1 to ${most} lines.`)
  const seen = new Set<string>()
  for (const [index, { productId }] of lines.entries()) {
    readId(`lines.${index}.productId`, productId)
    if (seen.has(productId)) throw new InputFault(`lines.${index}.productId`, 'This product is named twice.')
    seen.add(productId)
  }
}
