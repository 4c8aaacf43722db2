import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Discount } from '@tillgraph/rules/discount'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { parseMoney } from '@tillgraph/rules/money'
import { APPROVAL_CHARACTERS_MOST } from '@tillgraph/rules/offline/shapes'
import { parseQuantity } from '@tillgraph/rules/quantity'
import { parsePercent, RATE_ONE } from '@tillgraph/rules/rate'
import type { DiscountInput, SaleLineInput, SaleTenderInput } from '../../generated/graphql.ts'
import type { WantedLine } from '../domain/basket.ts'
import { TENDERS_MOST, type Tender } from '../domain/tender.ts'

const LINES_MOST = 200
const LINE_NOTE_CHARACTERS_MOST = 200
const TOKEN_CHARACTERS_MOST = 500
const PROCESSOR_CHARACTERS_MOST = 50

/** Fields of inputs; each throws InputFault, which names the field. */

export function readDiscount(
  field: string,
  given: DiscountInput | null | undefined,
  currency: CurrencyCode,
): Discount | null {
  const { percent, amount } = given ?? {}
  if (percent == null && amount == null) {
    if (given) throw new InputFault(field, 'Give percent or amount.')
    return null
  }
  if (percent != null && amount != null) throw new InputFault(field, 'Give percent or amount, not both.')
  if (percent != null) {
    const rate = InputFault.at(`${field}.percent`, () => parsePercent(percent))
    if (rate > RATE_ONE) throw new InputFault(`${field}.percent`, 'A discount is 100 % at the most.')
    return { kind: 'PERCENT', rate }
  }
  const { minor } = InputFault.at(`${field}.amount`, () => parseMoney(amount ?? '', currency, 'not-negative'))
  return { kind: 'AMOUNT', amount: minor }
}

/** Lines of a basket, named 1, 2, 3 … in the order given. */
export function readLines(given: readonly SaleLineInput[], currency: CurrencyCode): WantedLine[] {
  if (given.length === 0 || given.length > LINES_MOST)
    throw new InputFault('lines', `There must be 1 to ${LINES_MOST} lines.`)
  return given.map(({ productId, quantity, discount, note }, index) => ({
    id: String(index + 1),
    productId: readId(`lines.${index}.productId`, productId),
    quantity: InputFault.at(`lines.${index}.quantity`, () => parseQuantity(quantity, 'positive')),
    discount: readDiscount(`lines.${index}.discount`, discount, currency),
    note: readNote(`lines.${index}.note`, note, LINE_NOTE_CHARACTERS_MOST),
  }))
}

export function readTenders(given: readonly SaleTenderInput[], currency: CurrencyCode): Tender[] {
  if (given.length > TENDERS_MOST) throw new InputFault('tenders', `There are ${TENDERS_MOST} tenders at the most.`)
  const ids = new Set<string>()
  return given.map(({ id, kind, amount, tip, token, processor }, index) => {
    const field = `tenders.${index}`
    if (ids.has(id)) throw new InputFault(`${field}.id`, 'Two tenders have the same id.')
    ids.add(id)
    return {
      id: readId(`${field}.id`, id),
      kind,
      amount: readAmount(`${field}.amount`, amount, currency, 'positive'),
      tip: tip ? readAmount(`${field}.tip`, tip, currency, 'not-negative') : 0n,
      token: readToken(`${field}.token`, token, TOKEN_CHARACTERS_MOST),
      processor: readToken(`${field}.processor`, processor, PROCESSOR_CHARACTERS_MOST),
    }
  })
}

function readAmount(
  field: string,
  given: { readonly amount: string; readonly currency: CurrencyCode },
  currency: CurrencyCode,
  sign: 'positive' | 'not-negative',
): bigint {
  if (given.currency !== currency) throw new InputFault(`${field}.currency`, `This store sells in ${currency}.`)
  return InputFault.at(`${field}.amount`, () => parseMoney(given.amount, currency, sign).minor)
}

/** What payments reads; here it is only seen to that it is short and no card's number. */
function readToken(field: string, given: string | null | undefined, charactersMost: number): string | null {
  if (given == null) return null
  return readNote(field, given, charactersMost)
}

/** A manager's approval; left out where there is none, so that a request without one is the same as ever. */
export function readApprovalText(given: string | null | undefined): { readonly approval?: string } {
  if (given == null) return {}
  if (given.length > APPROVAL_CHARACTERS_MOST)
    throw new InputFault('approval', `An approval has ${APPROVAL_CHARACTERS_MOST} characters at the most.`)
  return { approval: given }
}
