import type { OfflinePayment } from '../domain/offline-payment.ts'

const NAMES: Readonly<Record<keyof OfflinePayment, string>> = {
  id: 'id',
  orderId: 'order_id',
  storeId: 'store_id',
  registerId: 'register_id',
  cashierId: 'cashier_id',
  customerId: 'customer_id',
  tender: 'tender',
  processor: 'processor',
  state: 'state',
  currency: 'currency',
  amount: 'amount',
  tip: 'tip',
  token: 'token',
  reference: 'reference',
  giftCardId: 'gift_card_id',
  brand: 'brand',
  lastFour: 'last_four',
  declineCode: 'decline_code',
  owedIn: 'owed_in',
  takenAt: 'taken_at',
  acceptedAt: 'accepted_at',
  expiresAt: 'expires_at',
  tries: 'tries',
  round: 'round',
  leaseUntil: 'lease_until',
  laidAsideAt: 'laid_aside_at',
  version: 'version',
  changedAt: 'changed_at',
  settledAt: 'settled_at',
  replaces: 'replaces',
  replacedBy: 'replaced_by',
}

/** The columns of an offline payment, of the row that `of` names. */
export const offlineColumns = (of: string): string =>
  Object.entries(NAMES)
    .map(([field, column]) => `${of}.${column} as "${field}"`)
    .join(', ')
