import { formatQuantity } from '@tillgraph/rules/quantity'
import type {
  GoodsReceiptLineResolvers,
  GoodsReceiptResolvers,
  PurchaseOrderLineResolvers,
  PurchaseOrderResolvers,
} from '../../generated/graphql.ts'
import { openOf, totalOf } from '../domain/purchase-order.ts'
import { mayReadCosts } from './stock.ts'

export const PurchaseOrder: PurchaseOrderResolvers = {
  store: ({ storeId }) => ({ id: storeId }),
  async supplier({ supplierId }, _, context) {
    const supplier = await context.loaders.supplier.load(supplierId)
    if (!supplier) throw new Error('A purchase order has a supplier')
    return supplier
  },
  createdBy: ({ createdBy }) => (createdBy === null ? null : { id: createdBy }),
  lines: async ({ id }, _, context) => [...(await context.loaders.orderLines.load(id))],
  receipts: async ({ id }, _, context) => [...(await context.loaders.receipts.load(id))],
  async total({ id, storeId, currency }, _, context) {
    mayReadCosts(context, storeId)
    return totalOf(await context.loaders.orderLines.load(id), currency)
  },
}

export const PurchaseOrderLine: PurchaseOrderLineResolvers = {
  product: ({ productId }) => ({ id: productId }),
  ordered: ({ ordered }) => formatQuantity(ordered),
  received: ({ received }) => formatQuantity(received),
  open: line => formatQuantity(openOf(line)),
  unitCost: ({ unitCost, currency }) => ({ minorThousandths: unitCost, currency }),
}

export const GoodsReceipt: GoodsReceiptResolvers = {
  receivedBy: ({ receivedBy }) => (receivedBy === null ? null : { id: receivedBy }),
  lines: async ({ id }, _, context) => [...(await context.loaders.receiptLines.load(id))],
}

export const GoodsReceiptLine: GoodsReceiptLineResolvers = {
  product: ({ productId }) => ({ id: productId }),
  quantity: ({ quantity }) => formatQuantity(quantity),
  unitCost: ({ unitCost, currency }) => ({ minorThousandths: unitCost, currency }),
}
