import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { TenderKind } from './payment.ts'

/** Accounts above zero are what the shop has; those below zero are what it owes or has earned. */
export type AccountKind =
  | 'CASH_DRAWER'
  | 'CASH_BOX'
  | 'SAFE'
  | 'CARD_CLEARING'
  | 'MOBILE_CLEARING'
  | 'STORE_CREDIT'
  | 'GIFT_CARD'
  | 'SALES'
  | 'TIPS'
  | 'CASH_OVER_SHORT'
  | 'PAID_IN'
  | 'PAID_OUT'
  | 'GIVEN_AWAY'
  | 'COURIER_CASH'
  | 'PENDING'
  | 'RECEIVABLE'

export type TransferKind =
  | 'CAPTURE'
  | 'VOID'
  | 'REFUND'
  | 'GIFT_CARD'
  | 'STORE_CREDIT'
  | 'FLOAT'
  | 'PAID_IN'
  | 'PAID_OUT'
  | 'VARIANCE'
  | 'BANKED'
  | 'HANDED_IN'
  | 'OWED'
  | 'UNPAID'

export interface Entry {
  /** Null for what customers hold against the business as a whole. */
  readonly storeId: string | null
  readonly kind: AccountKind
  /** The register, processor, customer or gift card; empty where there is one for the store. */
  readonly holder: string
  readonly amount: bigint
}

/** A movement of money; its entries sum to zero. */
export interface Transfer {
  readonly id: string
  readonly kind: TransferKind
  readonly storeId: string
  readonly drawerSessionId: string | null
  readonly tender: TenderKind | null
  readonly processor: string | null
  readonly currency: CurrencyCode
  /** What it means to the shop: above zero for what comes in. */
  readonly amount: bigint
  readonly tip: bigint
  readonly referenceId: string
  readonly actor: string | null
  readonly note: string | null
  readonly entries: readonly Entry[]
}

/** Where a payment's money lies. */
export interface PaidBy {
  readonly storeId: string
  readonly registerId: string | null
  readonly drawerSessionId: string | null
  readonly customerId: string | null
  readonly giftCardId: string | null
  readonly tender: TenderKind
  readonly processor: string | null
  readonly currency: CurrencyCode
  readonly cashierId: string | null
}

/** A sale's money that comes in, or goes out again where `amount` and `tip` are below zero. */
export function saleTransfer(
  kind: 'CAPTURE' | 'VOID' | 'REFUND',
  id: string,
  referenceId: string,
  paid: PaidBy,
  amount: bigint,
  tip: bigint,
): Transfer {
  const { storeId } = paid
  const entries: Entry[] = [
    { ...accountOf(paid), amount: amount + tip },
    { storeId, kind: 'SALES', holder: '', amount: -amount },
  ]
  if (tip !== 0n) entries.push({ storeId, kind: 'TIPS', holder: '', amount: -tip })
  return {
    id,
    kind,
    storeId,
    drawerSessionId: paid.drawerSessionId,
    tender: paid.tender,
    processor: paid.processor,
    currency: paid.currency,
    amount,
    tip,
    referenceId,
    actor: paid.cashierId,
    note: null,
    entries,
  }
}

/** On which account a payment's money lies. */
export function accountOf(paid: PaidBy): Omit<Entry, 'amount'> {
  const { storeId } = paid
  switch (paid.tender) {
    case 'CASH':
      return paid.drawerSessionId === null
        ? { storeId, kind: 'CASH_BOX', holder: '' }
        : { storeId, kind: 'CASH_DRAWER', holder: held(paid.registerId, 'a drawer') }
    case 'CARD':
      return { storeId, kind: 'CARD_CLEARING', holder: held(paid.processor, 'a card payment') }
    case 'MOBILE':
      return { storeId, kind: 'MOBILE_CLEARING', holder: held(paid.processor, 'a mobile payment') }
    case 'STORE_CREDIT':
      return { storeId: null, kind: 'STORE_CREDIT', holder: held(paid.customerId, 'store credit') }
    case 'GIFT_CARD':
      return { storeId: null, kind: 'GIFT_CARD', holder: held(paid.giftCardId, 'a gift card payment') }
  }
}

function held(holder: string | null, what: string): string {
  if (holder === null) throw new Error(`The books do not know whose ${what} is`)
  return holder
}

/** A movement between two accounts that is no sale: `amount` goes from the second to the first. */
export function plainTransfer(
  transfer: Omit<Transfer, 'entries' | 'tender' | 'processor' | 'tip'>,
  to: Omit<Entry, 'amount'>,
  from: Omit<Entry, 'amount'>,
  moved: bigint,
): Transfer {
  return {
    ...transfer,
    tender: null,
    processor: null,
    tip: 0n,
    entries: [
      { ...to, amount: moved },
      { ...from, amount: -moved },
    ],
  }
}
