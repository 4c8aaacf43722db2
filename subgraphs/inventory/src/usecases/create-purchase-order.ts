import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { actorOf, type Context } from '../context.ts'
import { notFound, supplierArchived } from '../domain/problems.ts'
import type { PurchaseOrderLine } from '../domain/purchase-order.ts'
import { insertOrder } from '../store/purchase-orders.ts'
import { lockSupplier } from '../store/suppliers.ts'

export interface NewPurchaseOrder {
  readonly id: string | undefined
  readonly storeId: string
  readonly supplierId: string
  readonly currency: CurrencyCode
  readonly lines: readonly Pick<PurchaseOrderLine, 'productId' | 'ordered' | 'unitCost'>[]
  readonly expectedOn: string | null
  readonly note: string
}

/** A draft; it is sent by a step of its own. */
export function createPurchaseOrder(context: Context, asked: NewPurchaseOrder, key: string | undefined) {
  return carryOut(context, { operation: 'createPurchaseOrder', key, content: asked }, async session => {
    const supplier = await lockSupplier(session, asked.supplierId)
    if (!supplier) return notFound('supplier')
    if (supplier.archivedAt) return supplierArchived()
    const purchaseOrder = await insertOrder(
      session,
      {
        id: asked.id ?? context.makeId(),
        storeId: asked.storeId,
        supplierId: supplier.id,
        state: 'DRAFT',
        note: asked.note,
        expectedOn: asked.expectedOn,
        currency: asked.currency,
        version: 1,
        createdAt: context.clock.now(),
        createdBy: actorOf(context),
        sentAt: null,
        endedAt: null,
      },
      asked.lines,
    )
    return { __typename: 'CreatePurchaseOrderSuccess', purchaseOrder } as const
  })
}
