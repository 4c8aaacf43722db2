import type { Caller } from '@tillgraph/kit/access/caller'
import type { Database } from '@tillgraph/kit/database/session'
import { createListLoader, createLoader } from '@tillgraph/kit/loader'
import type { Money } from '@tillgraph/rules/money'
import type DataLoader from 'dataloader'
import { maySee } from './access/visible.ts'
import type { FulfilmentOfOrder } from './domain/fulfilment.ts'
import type { ApprovalEntry } from './domain/offline/approved-action.ts'
import type { KeptRecord, OfflineAuditEntry } from './domain/offline/offline-record.ts'
import type { Order } from './domain/order.ts'
import type { OrderReturn } from './domain/order-return.ts'
import { loadCredits } from './store/exchanges.ts'
import { loadFulfilments } from './store/fulfilments.ts'
import { type HeldStock, loadHeldStock } from './store/held-stock.ts'
import { loadApprovalEntries } from './store/offline/approval-audit.ts'
import { loadHistory } from './store/offline/list-records.ts'
import { loadRecordsOfOrders } from './store/offline/offline-records.ts'
import { loadOrders, loadSpent } from './store/orders.ts'
import { loadReturns } from './store/returns.ts'

/** What one request loads, one statement for all that a tick of it asks for. */
export interface Loaders {
  /** Orders that the caller may see. */
  readonly order: DataLoader<string, Order | undefined>
  readonly returns: DataLoader<string, readonly OrderReturn[]>
  /** The record that an order came from, by the order's id. */
  readonly offlineRecord: DataLoader<string, KeptRecord | undefined>
  /** What was decided about a record, by its till and hash. */
  readonly offlineHistory: DataLoader<string, readonly OfflineAuditEntry[]>
  /** Approvals that were handed in to give an order back or up. */
  readonly approvals: DataLoader<string, readonly ApprovalEntry[]>
  readonly fulfilment: DataLoader<string, FulfilmentOfOrder | undefined>
  readonly credit: DataLoader<string, { readonly orderId: string; readonly credit: bigint } | undefined>
  readonly held: DataLoader<string, HeldStock | undefined>
  readonly spent: DataLoader<string, readonly { readonly customerId: string; readonly money: Money }[]>
}

export function createLoaders({ database }: { readonly database: Database }, caller: Caller): Loaders {
  return {
    order: createLoader(
      async ids => {
        const orders = await loadOrders(database, caller.tenantId, ids)
        // only a partner's own depends on more than the order itself
        const own = caller.kind === 'partner' ? await loadFulfilments(database, caller.tenantId, ids) : []
        return orders.filter(order =>
          maySee(
            caller,
            order,
            own.find(({ orderId }) => orderId === order.id),
          ),
        )
      },
      order => order.id,
    ),
    returns: createListLoader(
      ids => loadReturns(database, caller.tenantId, ids),
      found => found.orderId,
    ),
    offlineRecord: createLoader(
      ids => loadRecordsOfOrders(database, caller.tenantId, ids),
      record => record.read?.orderId ?? '',
    ),
    offlineHistory: createListLoader(
      keys => {
        const records = keys.map(key => {
          const [registerId = '', hash = ''] = key.split(' ')
          return { registerId, hash }
        })
        return loadHistory(database, caller.tenantId, records)
      },
      entry => `${entry.registerId} ${entry.hash}`,
    ),
    approvals: createListLoader(
      ids => loadApprovalEntries(database, caller.tenantId, ids),
      entry => entry.orderId,
    ),
    fulfilment: createLoader(
      ids => loadFulfilments(database, caller.tenantId, ids),
      found => found.orderId,
    ),
    credit: createLoader(
      ids => loadCredits(database, caller.tenantId, ids),
      found => found.orderId,
    ),
    held: createLoader(
      ids => loadHeldStock(database, caller.tenantId, ids),
      held => held.orderId,
    ),
    spent: createListLoader(
      ids => loadSpent(database, caller.tenantId, ids, caller.storesWhere('orders.order.read')),
      spent => spent.customerId,
    ),
  }
}
