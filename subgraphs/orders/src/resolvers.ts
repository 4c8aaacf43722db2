import type { Resolvers } from '../generated/graphql.ts'
import { ApprovalEntry } from './resolvers/approval-entry.ts'
import { completeOrder } from './resolvers/complete-order.ts'
import { completeSale } from './resolvers/complete-sale.ts'
import { createExchange } from './resolvers/create-exchange.ts'
import { createReturn } from './resolvers/create-return.ts'
import { Fulfilment, myOrders, OrderForDelivery, ordersForDelivery, placeOrder } from './resolvers/fulfilment.ts'
import { OrderChange, orderChanged, storeOrders } from './resolvers/live.ts'
import { admitOfflineRecord } from './resolvers/offline/admit-record.ts'
import { NumberBlock, numberBlocks, takeNumberBlock } from './resolvers/offline/number-blocks.ts'
import {
  OfflineAlarm,
  OfflineAuditEntry,
  OfflineOrigin,
  OfflineRecord,
  offlineAlarms,
  offlineRecords,
} from './resolvers/offline/records.ts'
import { OfflineRecordAnswer, submitOfflineBatch } from './resolvers/offline/submit-batch.ts'
import { openOrder } from './resolvers/open-order.ts'
import {
  cancelOrder,
  changeOrderLines,
  confirmOrder,
  parkOrder,
  prepareOrder,
  readyOrder,
  resumeOrder,
} from './resolvers/open-order-steps.ts'
import {
  CompleteSaleSuccess,
  Discount,
  Order,
  OrderLine,
  OrderReturn,
  OrderTax,
  order,
  ReturnedLine,
} from './resolvers/order.ts'
import { Customer, orderByNumber, orders } from './resolvers/orders.ts'
import { closePaymentNotice, PaymentNotice, paymentNotices } from './resolvers/payment-notices.ts'
import { priceBasket } from './resolvers/price-basket.ts'
import {
  emailReceipt,
  PrintReceiptSuccess,
  printReceipt,
  Receipt,
  ReceiptCopy,
  ReceiptTender,
} from './resolvers/receipts.ts'
import * as salesReport from './resolvers/sales-report.ts'

export const resolvers: Resolvers = {
  Query: {
    myOrders,
    ordersForDelivery,
    order,
    orderByNumber,
    orders,
    priceBasket,
    numberBlocks,
    offlineRecords,
    offlineAlarms,
    paymentNotices,
  },
  Mutation: {
    completeSale,
    completeOrder,
    createReturn,
    createExchange,
    openOrder,
    placeOrder,
    changeOrderLines,
    parkOrder,
    resumeOrder,
    confirmOrder,
    prepareOrder,
    readyOrder,
    cancelOrder,
    takeNumberBlock,
    submitOfflineBatch,
    admitOfflineRecord,
    closePaymentNotice,
    printReceipt,
    emailReceipt,
  },
  ApprovalEntry,
  PaymentNotice,
  Subscription: { orderChanged, storeOrders },
  Order,
  OrderChange,
  Fulfilment,
  OrderForDelivery,
  OrderLine,
  OrderTax,
  OrderReturn,
  ReturnedLine,
  Discount,
  Customer,
  CompleteSaleSuccess,
  NumberBlock,
  OfflineRecord,
  OfflineRecordAnswer,
  OfflineOrigin,
  OfflineAlarm,
  OfflineAuditEntry,
  Receipt,
  ReceiptTender,
  ReceiptCopy,
  PrintReceiptSuccess,
  ...salesReport,
}
