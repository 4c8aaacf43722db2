import { refusal } from '@tillgraph/kit/errors'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import type { PurchaseOrderStep } from '../domain/purchase-order.ts'
import { checkLines, readId, readNote, readQuantity, readUnitCost } from '../domain/read.ts'
import { listOrders, loadOrder } from '../store/purchase-orders.ts'
import { createPurchaseOrder as create } from '../usecases/create-purchase-order.ts'
import { receivePurchaseOrder as receive } from '../usecases/receive-purchase-order.ts'
import { schedulePurchaseOrder as schedule, stepPurchaseOrder } from '../usecases/step-purchase-order.ts'
import { currencyOfStore, optionalId } from './change-stock.ts'

const NOTE_CHARACTERS_MOST = 2_000
const LINES_MOST = 200

export const purchaseOrder: NonNullable<QueryResolvers['purchaseOrder']> = async (_, { id }, context) => {
  const caller = requireCaller(context)
  const order = isUuid(id) ? await loadOrder(context.database, caller.tenantId, id) : undefined
  return order && caller.may('inventory.purchase.read', order.storeId) ? order : null
}

export const purchaseOrders: NonNullable<QueryResolvers['purchaseOrders']> = async (
  _,
  { storeId, filter, ...given },
  context,
) => {
  const supplierId = filter?.supplierId ?? null
  if (!isUuid(storeId) || (supplierId && !isUuid(supplierId)))
    throw refusal('BAD_USER_INPUT', 'storeId and supplierId must be UUIDs')
  const page = readPage<[string]>('purchase orders', 1, given)
  if (page.after && !/^\d{1,9}$/.test(page.after[0]))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const narrowed = { state: filter?.state ?? null, supplierId }
  const rows = await listOrders(context.database, requireCaller(context).tenantId, storeId, narrowed, page)
  return toConnection('purchase orders', page, rows, ({ number }) => [String(number)])
}

export const createPurchaseOrder: NonNullable<MutationResolvers['createPurchaseOrder']> = async (
  _,
  { input },
  context,
  info,
) => {
  const order = readInput(() => {
    checkLines(input.lines, LINES_MOST)
    return {
      id: optionalId(input.id),
      storeId: readId('storeId', input.storeId),
      supplierId: readId('supplierId', input.supplierId),
      expectedOn: input.expectedOn ?? null,
      note: readNote('note', input.note, NOTE_CHARACTERS_MOST),
    }
  })
  if (isInvalid(order)) return order
  const currency = await currencyOfStore(context, order.storeId)
  if (!currency) return notFound('store')
  const lines = readInput(() =>
    input.lines.map(({ productId, quantity, unitCost }, index) => ({
      productId,
      ordered: readQuantity(`lines.${index}.quantity`, quantity, 'positive'),
      unitCost: readUnitCost(`lines.${index}.unitCost`, unitCost, currency),
    })),
  )
  if (isInvalid(lines)) return lines
  return create(context, { ...order, currency, lines }, idempotencyKeyOf(context, info, order.id))
}

const step =
  (taken: PurchaseOrderStep): NonNullable<MutationResolvers['sendPurchaseOrder']> =>
  async (_, { input }, context) =>
    isUuid(input.id)
      ? stepPurchaseOrder(context, taken, { id: input.id, version: input.version ?? undefined })
      : notFound('purchase order')

export const sendPurchaseOrder = step('SEND')
export const closePurchaseOrder = step('CLOSE')
export const cancelPurchaseOrder = step('CANCEL')

export const schedulePurchaseOrder: NonNullable<MutationResolvers['schedulePurchaseOrder']> = async (
  _,
  { input: { id, version, expectedOn } },
  context,
) =>
  isUuid(id)
    ? schedule(context, { id, version: version ?? undefined, expectedOn: expectedOn ?? null })
    : notFound('purchase order')

export const receivePurchaseOrder: NonNullable<MutationResolvers['receivePurchaseOrder']> = async (
  _,
  { input },
  context,
  info,
) => {
  const receipt = readInput(() => {
    checkLines(input.lines, LINES_MOST)
    return {
      id: optionalId(input.id),
      purchaseOrderId: readId('purchaseOrderId', input.purchaseOrderId),
      note: readNote('note', input.note, NOTE_CHARACTERS_MOST),
      lines: input.lines.map(({ productId, quantity, unitCost }, index) => ({
        productId,
        quantity: readQuantity(`lines.${index}.quantity`, quantity, 'positive'),
        givenCost: unitCost == null ? null : { amount: unitCost.amount, currency: unitCost.currency },
        unitCost:
          unitCost == null
            ? undefined
            : (currency: CurrencyCode) => readUnitCost(`lines.${index}.unitCost`, unitCost, currency),
      })),
    }
  })
  return isInvalid(receipt) ? receipt : receive(context, receipt, idempotencyKeyOf(context, info, receipt.id))
}
