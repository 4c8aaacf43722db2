import type { Discount } from '@tillgraph/rules/discount'
import { InputFault } from '@tillgraph/rules/input-fault'
import type { WantedLine } from './basket.ts'
import type { OrderLine } from './order.ts'

const LINES_MOST = 200

/** What becomes of a line; what is undefined stays as it is. */
export interface LineChange {
  readonly lineId: string
  readonly quantity?: bigint | undefined
  readonly discount?: Discount | null | undefined
  readonly note?: string | undefined
}

export interface LineChanges {
  readonly add: readonly Omit<WantedLine, 'id'>[]
  readonly change: readonly LineChange[]
  readonly remove: readonly string[]
}

/** The lines as they are to be. New ones get names that no line of the order ever had at the same time. */
export function changeLines(lines: readonly OrderLine[], changes: LineChanges): WantedLine[] {
  const names = new Set(lines.map(({ id }) => id))
  for (const [index, { lineId }] of changes.change.entries())
    if (!names.has(lineId)) throw new InputFault(`change.${index}.lineId`, 'The order has no such line.')
  for (const [index, lineId] of changes.remove.entries())
    if (!names.has(lineId)) throw new InputFault(`remove.${index}`, 'The order has no such line.')
  const removed = new Set(changes.remove)
  const changed = new Map(changes.change.map(change => [change.lineId, change]))
  const kept = lines
    .filter(({ id }) => !removed.has(id))
    .map(({ id, productId, quantity, lineDiscount, note }) => {
      const change = changed.get(id)
      return {
        id,
        productId,
        quantity: change?.quantity ?? quantity,
        discount: change?.discount === undefined ? lineDiscount : change.discount,
        note: change?.note ?? note,
      }
    })
  const last = lines.reduce((most, { id }) => Math.max(most, Number(id)), 0)
  const all = [...kept, ...changes.add.map((line, index) => ({ ...line, id: String(last + index + 1) }))]
  if (all.length > LINES_MOST) throw new InputFault('add', `An order has ${LINES_MOST} lines at the most.`)
  return all
}
