import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import type { Quantity } from '@tillgraph/rules/quantity'
import { actorOf, type Context } from '../context.ts'
import { illegalPurchaseOrderStep, invalidInput, moreThanOrdered, notFound } from '../domain/problems.ts'
import { type GoodsReceipt, mayReceive, openOf, stateAfterReceipt } from '../domain/purchase-order.ts'
import { moveStock } from '../store/move-stock.ts'
import { insertReceipt, loadOrderLines, lockOrder, updateOrder } from '../store/purchase-orders.ts'

export interface Receipt {
  readonly id: string | undefined
  readonly purchaseOrderId: string
  readonly lines: readonly {
    readonly productId: string
    readonly quantity: Quantity
    /** Read once the currency is known. */
    readonly unitCost: ((currency: CurrencyCode) => bigint) | undefined
    readonly givenCost: unknown
  }[]
  readonly note: string
}

/** Books goods that came: the order, the receipt, the level and the average cost, in one transaction. */
export function receivePurchaseOrder(context: Context, asked: Receipt, key: string | undefined) {
  const caller = requireCaller(context)
  const content = { ...asked, lines: asked.lines.map(({ unitCost, ...line }) => line) }
  return carryOut(context, { operation: 'receivePurchaseOrder', key, content }, async session => {
    const order = await lockOrder(session, asked.purchaseOrderId)
    if (!order || !caller.may('inventory.purchase.write', order.storeId)) return notFound('purchase order')
    if (!mayReceive(order.state)) return illegalPurchaseOrderStep(order.state)

    const ordered = await loadOrderLines(
      { query: (_, statement, values) => session.query(statement, values) },
      session.tenantId,
      [order.id],
    )
    const came: { productId: string; quantity: Quantity; unitCost: bigint }[] = []
    for (const [index, { productId, quantity, unitCost }] of asked.lines.entries()) {
      const line = ordered.find(each => each.productId === productId)
      if (!line) return invalidInput(new InputFault(`lines.${index}.productId`, 'This product was not ordered.'))
      if (quantity > openOf(line)) return moreThanOrdered(productId, openOf(line))
      try {
        came.push({ productId, quantity, unitCost: unitCost?.(order.currency) ?? line.unitCost })
      } catch (error) {
        return invalidInput(error)
      }
    }

    const now = context.clock.now()
    const receipt: GoodsReceipt = {
      id: asked.id ?? context.makeId(),
      purchaseOrderId: order.id,
      note: asked.note,
      receivedAt: now,
      receivedBy: actorOf(context),
    }
    await insertReceipt(session, receipt, came)
    const state = stateAfterReceipt(
      ordered.map(line => ({
        ordered: line.ordered,
        received: line.received + (came.find(each => each.productId === line.productId)?.quantity ?? 0n),
      })),
    )
    const purchaseOrder = await updateOrder(session, {
      ...order,
      state,
      endedAt: state === 'RECEIVED' ? now : null,
    })
    // last, because from here on the store's ledger is locked
    await moveStock(
      session,
      {
        storeId: order.storeId,
        kind: 'RECEIPT',
        now,
        actor: receipt.receivedBy,
        referenceId: receipt.id,
        lines: came,
        currency: order.currency,
      },
      context.changed,
    )
    return { __typename: 'ReceivePurchaseOrderSuccess', purchaseOrder, receipt } as const
  })
}
