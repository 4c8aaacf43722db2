import type { Resolvers } from '../generated/graphql.ts'
import * as courierCash from './resolvers/courier-cash.ts'
import * as drawers from './resolvers/drawers.ts'
import * as ledger from './resolvers/ledger.ts'
import * as live from './resolvers/live.ts'
import * as offline from './resolvers/offline-payments.ts'
import { Order } from './resolvers/order.ts'
import { Payment, payment, Refund, RefundPart } from './resolvers/payment.ts'
import { paymentsOfOrder } from './resolvers/payments-of-order.ts'
import { refundPayments } from './resolvers/refund-payments.ts'
import { Store } from './resolvers/store.ts'
import * as storedValue from './resolvers/stored-value.ts'
import { takePayments } from './resolvers/take-payments.ts'
import { voidPayments } from './resolvers/void-payments.ts'

const { drawerSession, openDrawerSession, drawerSessions, DrawerSession } = drawers
const { openDrawer, payIn, payOut, countDrawer, closeDrawer } = drawers
const { giftCard, GiftCard, Customer, IssueStoreCreditSuccess } = storedValue
const { issueGiftCard, blockGiftCard, issueStoreCredit } = storedValue
const { ledgerProof, ledgerAccounts, LedgerAccount } = ledger

export const resolvers: Resolvers = {
  Query: {
    payment,
    drawerSession,
    openDrawerSession,
    drawerSessions,
    courierCash: courierCash.courierCash,
    offlinePayment: offline.offlinePayment,
    offlinePayments: offline.offlinePayments,
    offlinePaymentSummary: offline.offlinePaymentSummary,
    giftCard,
    ledgerProof,
    ledgerAccounts,
    paymentsOfOrder,
  },
  Mutation: {
    openDrawer,
    payIn,
    payOut,
    countDrawer,
    closeDrawer,
    handInCourierCash: courierCash.handInCourierCash,
    retryOfflinePayment: offline.retryOfflinePayment,
    issueGiftCard,
    blockGiftCard,
    issueStoreCredit,
    takePayments,
    voidPayments,
    refundPayments,
  },
  Subscription: { paymentChanged: live.paymentChanged, offlinePaymentsChanged: live.offlinePaymentsChanged },
  OrderPaymentsChange: live.OrderPaymentsChange,
  Payment,
  Refund,
  RefundPart,
  Order,
  Store,
  Customer,
  GiftCard,
  DrawerSession,
  CourierCash: courierCash.CourierCash,
  OfflinePayment: offline.OfflinePayment,
  LedgerAccount,
  IssueStoreCreditSuccess,
}
