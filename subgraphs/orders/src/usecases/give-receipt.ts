import type { Session } from '@tillgraph/kit/database/session'
import { alreadyUsedDifferently, illegalOrderStep, notAllowed, notFound } from '../domain/problems.ts'
import type { GivenReceipt } from '../receipts/receipt.ts'
import { lockOrder } from '../store/open-orders.ts'
import { countCopies, findCopy, insertCopy, type NewCopy } from '../store/receipt-copies.ts'

/** Who gives out a receipt this often has another need than a receipt. */
const COPIES_MOST = 1_000

export type WantedCopy = Omit<NewCopy, 'copy'>

/** Gives a receipt out: the first is the original. However many ask at once, each gets a number of its own. */
export async function giveReceipt(session: Session, wanted: WantedCopy) {
  // the order's row is what all copies of its receipt wait for
  const found = await lockOrder(session, wanted.orderId)
  if (!found) return notFound('order')
  const known = await findCopy(session, wanted.id)
  if (known) return isSame(known, wanted) ? given(known) : alreadyUsedDifferently()
  if (!found.order.completedAt) return illegalOrderStep(found.order.status)
  const copies = await countCopies(session, wanted.orderId)
  if (copies >= COPIES_MOST)
    return notAllowed(`The receipt of an order is given out ${COPIES_MOST} times at the most; read it from the order.`)
  const copy = await insertCopy(session, { ...wanted, copy: copies + 1 })
  return copy ? given(copy) : alreadyUsedDifferently()
}

const given = (copy: GivenReceipt) => ({ __typename: 'Given', copy }) as const

function isSame(known: GivenReceipt, wanted: WantedCopy): boolean {
  return (
    known.orderId === wanted.orderId &&
    known.channel === wanted.channel &&
    known.registerId === wanted.registerId &&
    known.email === wanted.email &&
    known.message === wanted.message
  )
}
