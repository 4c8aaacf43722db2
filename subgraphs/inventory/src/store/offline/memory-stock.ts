import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import {
  createMemoryTransactions,
  type MemoryHooks,
  pausingBefore,
  type Undoable,
} from '@tillgraph/kit/memory-transactions'
import type { NewIncident } from '../../domain/offline/incident.ts'
import type { OfflineSale, StockMove } from '../../domain/offline/offline-sale.ts'
import type { ProductLevel, StockLease } from '../../domain/offline/stock-lease.ts'
import type { StockBooks, StockPage } from '../../usecases/offline/stock-page.ts'

export interface MemoryMovement extends StockMove {
  readonly kind: 'OPENING' | 'RESERVED' | 'RELEASED' | 'SALE'
  readonly storeId: string
  readonly referenceId: string | null
}

/** All that there is of one business. Values are replaced and never changed. */
export interface MemoryStock {
  /** By store and product. */
  readonly levels: Map<string, ProductLevel>
  readonly leases: Map<string, StockLease>
  /** Orders whose goods were taken. */
  readonly sales: Map<string, { readonly sale: OfflineSale; readonly untracked: readonly string[] }>
  /** In the order in which they were written. */
  readonly movements: Map<number, MemoryMovement>
  /** By order and product. */
  readonly incidents: Map<string, NewIncident>
  /** What was told by whoever has committed. */
  readonly outbox: Map<string, NewEvent>
  /** Events that were heard. */
  readonly inbox: Map<string, true>
}

/** Stock in memory, for simulations. */
export interface MemoryStockBooks extends StockBooks {
  content(tenantId: string): MemoryStock
  /** Puts goods on a shelf. */
  stock(tenantId: string, storeId: string, productId: string, quantity: bigint): void
  /** As a consumer: in one transaction, notes an event as heard and has its effect, once. */
  hearing(tenantId: string, storeId: string, eventId: string, work: (page: StockPage) => Promise<void>): Promise<void>
}

export function createMemoryStock(hooks: MemoryHooks = {}): MemoryStockBooks {
  const tenants = new Map<string, MemoryStock>()
  const { run, pause } = createMemoryTransactions(hooks)

  function content(tenantId: string): MemoryStock {
    const known = tenants.get(tenantId) ?? emptyStock()
    tenants.set(tenantId, known)
    return known
  }

  return {
    content,
    stock(tenantId, storeId, productId, quantity) {
      const { levels, movements } = content(tenantId)
      const known = levels.get(`${storeId} ${productId}`) ?? NOTHING
      levels.set(`${storeId} ${productId}`, { ...known, onHand: known.onHand + quantity })
      movements.set(movements.size + 1, {
        kind: 'OPENING',
        storeId,
        productId,
        quantity,
        reserved: 0n,
        referenceId: null,
      })
    },
    holding: (tenantId, storeId, work) =>
      run(tenantId, write => work(pausingBefore(pageOn(content(tenantId), storeId, write), pause))),
    hearing: (tenantId, storeId, eventId, work) =>
      run(tenantId, async write => {
        const stock = content(tenantId)
        if (stock.inbox.has(eventId)) return
        write.set(stock.inbox, eventId, true)
        await work(pausingBefore(pageOn(stock, storeId, write), pause))
      }),
  }
}

const NOTHING: ProductLevel = { onHand: 0n, reserved: 0n, tracked: true }

function emptyStock(): MemoryStock {
  return {
    levels: new Map(),
    leases: new Map(),
    sales: new Map(),
    movements: new Map(),
    incidents: new Map(),
    outbox: new Map(),
    inbox: new Map(),
  }
}

function pageOn(content: MemoryStock, storeId: string, write: Undoable): StockPage {
  const { levels, leases, sales, movements, incidents, outbox } = content
  return {
    levels: async ids => new Map(ids.map(id => [id, levels.get(`${storeId} ${id}`) ?? NOTHING])),
    leases: async ids => ids.flatMap(id => leases.get(id) ?? []),
    activeLeases: async registerId =>
      [...leases.values()].filter(lease => lease.registerId === registerId && lease.state === 'ACTIVE').length,
    async saveLease(lease) {
      const known = leases.get(lease.id)
      if (known && known.state !== 'ACTIVE') throw new Error('A lease that has ended does not change')
      write.set(leases, lease.id, lease)
    },
    async move(kind, moves, { referenceId, offline }) {
      for (const { productId, quantity, reserved } of moves) {
        const known = levels.get(`${storeId} ${productId}`) ?? NOTHING
        const after = { ...known, onHand: known.onHand + quantity, reserved: known.reserved + reserved }
        const worse = after.onHand < after.reserved && known.onHand >= known.reserved
        if (after.reserved < 0n || (worse && !offline)) throw new Error('A level may not go below zero by this')
        write.set(levels, `${storeId} ${productId}`, after)
        write.set(movements, movements.size + 1, { kind, storeId, productId, quantity, reserved, referenceId })
      }
    },
    isSold: async orderId => sales.has(orderId),
    async keepSale(sale, untracked) {
      write.set(sales, sale.orderId, { sale, untracked })
    },
    async raise(raised) {
      for (const incident of raised) write.set(incidents, `${incident.orderId} ${incident.productId}`, incident)
    },
    async tell(events) {
      write.atCommit(() => {
        for (const event of events) outbox.set(event.id, event)
      })
    },
  }
}
