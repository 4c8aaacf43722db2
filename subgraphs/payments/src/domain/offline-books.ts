import { accountOf, type Entry, type PaidBy, type Transfer } from './books.ts'
import type { OfflineOutcome, OfflinePayment } from './offline-payment.ts'

type Debt = Pick<
  OfflinePayment,
  'id' | 'orderId' | 'storeId' | 'cashierId' | 'currency' | 'amount' | 'tip' | 'tender' | 'processor'
>

const debtAccount = ({ storeId, orderId }: Debt, kind: OfflinePayment['owedIn']): Omit<Entry, 'amount'> => ({
  storeId,
  kind,
  holder: kind === 'PENDING' ? '' : orderId,
})

const plain = (debt: Debt, id: string) => ({
  id,
  storeId: debt.storeId,
  drawerSessionId: null,
  currency: debt.currency,
  referenceId: debt.id,
  actor: debt.cashierId,
  note: null,
})

/** The sale stands from the moment it was made: what it brought in is owed until somebody has paid. */
export function owedTransfer(debt: Debt, id: string): Transfer {
  const { storeId, amount, tip } = debt
  const entries: Entry[] = [
    { ...debtAccount(debt, 'PENDING'), amount: amount + tip },
    { storeId, kind: 'SALES', holder: '', amount: -amount },
  ]
  if (tip !== 0n) entries.push({ storeId, kind: 'TIPS', holder: '', amount: -tip })
  return { ...plain(debt, id), kind: 'OWED', tender: null, processor: null, amount, tip, entries }
}

/** Pays a debt by whatever means: what was owed lies where that means keeps it. */
export function paidTransfer(debt: Debt & Pick<OfflinePayment, 'owedIn'>, by: PaidBy, id: string): Transfer {
  const { amount, tip } = debt
  return {
    ...plain(debt, id),
    drawerSessionId: by.drawerSessionId,
    actor: by.cashierId,
    kind: 'CAPTURE',
    tender: by.tender,
    processor: by.processor,
    amount,
    tip,
    entries: [
      { ...accountOf(by), amount: amount + tip },
      { ...debtAccount(debt, debt.owedIn), amount: -amount - tip },
    ],
  }
}

/** What the books do when an offline payment ends: pays the debt, or makes a receivable of it. */
export function outcomeTransfers(
  payment: OfflinePayment,
  outcome: OfflineOutcome,
  makeId: () => string,
): readonly Transfer[] {
  if (outcome.state === 'CAPTURED') {
    const processor = payment.tender === 'CARD' || payment.tender === 'MOBILE' ? payment.processor : null
    return [paidTransfer(payment, { ...payment, processor, drawerSessionId: null }, payment.id)]
  }
  if (payment.owedIn === 'RECEIVABLE') return []
  const { amount, tip } = payment
  return [
    {
      ...plain(payment, makeId()),
      kind: 'UNPAID',
      tender: null,
      processor: null,
      amount: -amount,
      tip: -tip,
      entries: [
        { ...debtAccount(payment, 'RECEIVABLE'), amount: amount + tip },
        { ...debtAccount(payment, 'PENDING'), amount: -amount - tip },
      ],
    },
  ]
}
