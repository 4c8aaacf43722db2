import { createListLoader, createLoader } from '@tillgraph/kit/loader'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import DataLoader from 'dataloader'
import type { Services } from './context.ts'
import type { GoodsReceipt, GoodsReceiptLine, NextDelivery, PurchaseOrderLine } from './domain/purchase-order.ts'
import type { Movement, Stock, StockLevel } from './domain/stock.ts'
import type { Supplier } from './domain/supplier.ts'
import { loadMovements } from './store/movements.ts'
import { loadNextDeliveries } from './store/next-deliveries.ts'
import { loadOrderLines, loadReceiptLines, loadReceipts } from './store/purchase-orders.ts'
import { countLines } from './store/stock-counts.ts'
import { loadLevelsAt, loadStocks, loadUntracked, type StockKey } from './store/stocks.ts'
import { loadSuppliers } from './store/suppliers.ts'

interface MovementKey {
  readonly storeId: string
  readonly version: bigint
  readonly at: Date
}

/** What one request loads, one statement for all that a tick of it asks for. */
export interface Loaders {
  readonly stock: DataLoader<StockKey, Stock | undefined, string>
  readonly levelAt: DataLoader<StockKey & { readonly at: Date }, StockLevel, string>
  readonly nextDelivery: DataLoader<StockKey, NextDelivery | undefined, string>
  readonly movement: DataLoader<MovementKey, Movement | undefined, string>
  readonly untracked: DataLoader<string, string | undefined>
  readonly currency: DataLoader<string, CurrencyCode | undefined>
  readonly supplier: DataLoader<string, Supplier | undefined>
  readonly countedProducts: DataLoader<string, { readonly countId: string; readonly products: number } | undefined>
  readonly orderLines: DataLoader<string, readonly PurchaseOrderLine[]>
  readonly receipts: DataLoader<string, readonly GoodsReceipt[]>
  readonly receiptLines: DataLoader<string, readonly GoodsReceiptLine[]>
}

const BATCH_KEYS = 1_000

export function createLoaders(services: Services, tenantId: string, requestId: string): Loaders {
  const { database, stores } = services
  const stockName = (key: StockKey) => key.storeId + key.productId
  const movementName = (key: MovementKey) => `${key.storeId}${key.version}`
  return {
    stock: keyed(keys => loadStocks(database, tenantId, keys), stockName, stockName),
    levelAt: new DataLoader(keys => loadLevelsAt(database, tenantId, keys), {
      cacheKeyFn: key => `${stockName(key)}${key.at.getTime()}`,
      maxBatchSize: BATCH_KEYS,
    }),
    nextDelivery: keyed(keys => loadNextDeliveries(database, tenantId, keys), stockName, stockName),
    movement: keyed(keys => loadMovements(database, tenantId, keys), movementName, movementName),
    untracked: createLoader(
      ids => loadUntracked(database, tenantId, ids),
      id => id,
    ),
    currency: new DataLoader(ids => Promise.all(ids.map(id => stores.currencyOf(tenantId, id, requestId)))),
    supplier: createLoader(
      ids => loadSuppliers(database, tenantId, ids),
      supplier => supplier.id,
    ),
    countedProducts: createLoader(
      ids => countLines(database, tenantId, ids),
      counted => counted.countId,
    ),
    orderLines: createListLoader(
      ids => loadOrderLines(database, tenantId, ids),
      line => line.purchaseOrderId,
    ),
    receipts: createListLoader(
      ids => loadReceipts(database, tenantId, ids),
      receipt => receipt.purchaseOrderId,
    ),
    receiptLines: createListLoader(
      ids => loadReceiptLines(database, tenantId, ids),
      line => line.receiptId,
    ),
  }
}

/** As kit's loader, for keys that are not text. */
function keyed<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
  nameOf: (key: Key) => string,
  nameOfValue: (value: Value) => string,
): DataLoader<Key, Value | undefined, string> {
  return new DataLoader(
    async keys => {
      const found = new Map((await load(keys)).map(value => [nameOfValue(value), value]))
      return keys.map(key => found.get(nameOf(key)))
    },
    { cacheKeyFn: nameOf, maxBatchSize: BATCH_KEYS },
  )
}
