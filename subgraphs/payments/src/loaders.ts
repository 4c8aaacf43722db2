import { createListLoader, createLoader } from '@tillgraph/kit/loader'
import type { DrawerSession } from './domain/drawer.ts'
import type { GiftCard } from './domain/gift-card.ts'
import type { OfflinePayment } from './domain/offline-payment.ts'
import type { OrderMoney, Payment } from './domain/payment.ts'
import type { Refund, RefundPart } from './domain/refund.ts'
import type { Services } from './services.ts'
import { loadDrawers } from './store/drawers.ts'
import { loadGiftCards, loadHeld } from './store/gift-cards.ts'
import { loadOfflinePayments } from './store/offline-payments.ts'
import { loadOrders } from './store/order-payments.ts'
import { loadPayments, loadPaymentsOfOrders } from './store/payments.ts'
import { loadRefundParts, loadRefundsOfOrders } from './store/refunds.ts'

/** What one request loads, one statement for all that a tick of it asks for. */
export function createLoaders({ database }: Services, tenantId: string) {
  return {
    payment: createLoader<string, Payment>(
      ids => loadPayments(database, tenantId, ids),
      payment => payment.id,
    ),
    paymentsOfOrder: createListLoader<string, Payment>(
      ids => loadPaymentsOfOrders(database, tenantId, ids),
      payment => payment.orderId,
    ),
    order: createLoader<string, OrderMoney>(
      ids => loadOrders(database, tenantId, ids),
      order => order.orderId,
    ),
    refundsOfOrder: createListLoader<string, Refund>(
      ids => loadRefundsOfOrders(database, tenantId, ids),
      refund => refund.orderId,
    ),
    refundParts: createListLoader<string, RefundPart>(
      ids => loadRefundParts(database, tenantId, ids),
      part => part.refundId,
    ),
    drawer: createLoader<string, DrawerSession>(
      ids => loadDrawers(database, tenantId, ids),
      drawer => drawer.id,
    ),
    offlinePayment: createLoader<string, OfflinePayment>(
      ids => loadOfflinePayments(database, tenantId, ids),
      payment => payment.id,
    ),
    giftCard: createLoader<string, GiftCard>(
      ids => loadGiftCards(database, tenantId, ids),
      card => card.id,
    ),
    giftCardBalance: createListLoader<string, { holder: string; currency: string; balance: bigint }>(
      ids => loadHeld(database, tenantId, 'GIFT_CARD', ids),
      held => held.holder,
    ),
    storeCredit: createListLoader<string, { holder: string; currency: string; balance: bigint }>(
      ids => loadHeld(database, tenantId, 'STORE_CREDIT', ids),
      held => held.holder,
    ),
  }
}

export type Loaders = ReturnType<typeof createLoaders>
