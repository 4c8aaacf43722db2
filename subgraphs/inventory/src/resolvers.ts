import type { Resolvers } from '../generated/graphql.ts'
import { adjustStock, setLowStockThreshold, setOpeningStock, setStockTracking } from './resolvers/change-stock.ts'
import { lowStockChanged, stockChanged } from './resolvers/live.ts'
import { StockLevel, StockMovement, stockMovements } from './resolvers/movements.ts'
import { OversoldIncident, oversoldIncidents, resolveOversoldIncident } from './resolvers/offline/incidents.ts'
import {
  leaseStock,
  renewStockLease,
  returnStockLease,
  StockLease,
  StockLeaseLine,
  stockLeases,
} from './resolvers/offline/stock-leases.ts'
import {
  commitStock,
  holdStock,
  releaseStock,
  reservationOfOrder,
  reserveStock,
  returnStock,
  sellStock,
  unsellStock,
} from './resolvers/order-stock.ts'
import { GoodsReceipt, GoodsReceiptLine, PurchaseOrder, PurchaseOrderLine } from './resolvers/purchase-order-types.ts'
import {
  cancelPurchaseOrder,
  closePurchaseOrder,
  createPurchaseOrder,
  purchaseOrder,
  purchaseOrders,
  receivePurchaseOrder,
  schedulePurchaseOrder,
  sendPurchaseOrder,
} from './resolvers/purchase-orders.ts'
import { NextDelivery, Product, StockType, stock, UnitCost } from './resolvers/stock.ts'
import {
  cancelStockCount,
  enterStockCount,
  openStockCount,
  postStockCount,
  StockCount,
  StockCountLine,
  stockCount,
  stockCounts,
} from './resolvers/stock-counts.ts'
import { lowStock, Store } from './resolvers/store.ts'
import {
  archiveSupplier,
  createSupplier,
  supplier,
  suppliers,
  unarchiveSupplier,
  updateSupplier,
} from './resolvers/suppliers.ts'

export const resolvers: Resolvers = {
  Query: {
    stock,
    stockMovements,
    lowStock,
    stockCount,
    stockCounts,
    supplier,
    suppliers,
    purchaseOrder,
    purchaseOrders,
    reservationOfOrder,
    stockLeases,
    oversoldIncidents,
  },
  Mutation: {
    setOpeningStock,
    adjustStock,
    setLowStockThreshold,
    setStockTracking,
    openStockCount,
    enterStockCount,
    postStockCount,
    cancelStockCount,
    createSupplier,
    updateSupplier,
    archiveSupplier,
    unarchiveSupplier,
    createPurchaseOrder,
    sendPurchaseOrder,
    schedulePurchaseOrder,
    receivePurchaseOrder,
    closePurchaseOrder,
    cancelPurchaseOrder,
    reserveStock,
    holdStock,
    commitStock,
    releaseStock,
    sellStock,
    unsellStock,
    returnStock,
    leaseStock,
    renewStockLease,
    returnStockLease,
    resolveOversoldIncident,
  },
  Subscription: { stockChanged, lowStock: lowStockChanged },
  Product,
  Store,
  Stock: StockType,
  StockLevel,
  StockMovement,
  StockLease,
  StockLeaseLine,
  OversoldIncident,
  UnitCost,
  NextDelivery,
  StockCount,
  StockCountLine,
  PurchaseOrder,
  PurchaseOrderLine,
  GoodsReceipt,
  GoodsReceiptLine,
}
