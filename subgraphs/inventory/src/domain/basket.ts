import { InputFault } from '@tillgraph/rules/input-fault'
import { MAX_QUANTITY_THOUSANDTHS, parseQuantity, type Quantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'

export const LINES_MOST = 200

/** What an order wants of products: each once, sorted, so that the same basket always reads the same. */
export interface Basket {
  readonly productIds: readonly string[]
  readonly quantities: readonly Quantity[]
}

/** Reads the lines of an order, in any order; lines of one product are added up. Throws InputFault. */
export function readBasket(lines: readonly { readonly productId: string; readonly quantity: string }[]): Basket {
  if (lines.length === 0 || lines.length > LINES_MOST)
    throw new InputFault('lines', `There must be 1 to ${LINES_MOST} lines.`)
  const wanted = new Map<string, Quantity>()
  for (const [index, { productId, quantity }] of lines.entries()) {
    const field = `lines.${index}`
    if (!isUuid(productId)) throw new InputFault(`${field}.productId`, 'This must be the id of a product.')
    const more = InputFault.at(`${field}.quantity`, () => parseQuantity(quantity, 'positive'))
    const sum = (wanted.get(productId) ?? 0n) + more
    if (sum > MAX_QUANTITY_THOUSANDTHS) throw new InputFault(`${field}.quantity`, 'This number is too large.')
    wanted.set(productId, sum)
  }
  const sorted = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))
  return { productIds: sorted.map(([id]) => id), quantities: sorted.map(([, quantity]) => quantity) }
}
