import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { writeEvents } from '@tillgraph/kit/events/outbox'
import type { OfflineSale } from '../../domain/offline/offline-sale.ts'
import type { ProductLevel } from '../../domain/offline/stock-lease.ts'
import type { StockBooks, StockPage } from '../../usecases/offline/stock-page.ts'
import { arrayText } from '../array-text.ts'
import { tellAfterCommit } from '../move-stock.ts'
import { raiseIncidents } from './incidents.ts'
import { countActiveLeases, loadLeases, saveLease } from './leases.ts'

type Changed = (tenantId: string, storeIds: Iterable<string>) => void

const HOLD = sql('select lock_ledgers($1, array[$2::uuid])')

const LEVELS = sql<ProductLevel & { readonly productId: string }>(`
  select asked.id as "productId", coalesce(s.on_hand, 0) as "onHand", coalesce(s.reserved, 0) as reserved,
    coalesce((select tracked from product_setting p where p.tenant_id = $1 and p.product_id = asked.id), true) as tracked
  from unnest($3::uuid[]) asked (id)
  left join lateral (
    select * from stock e where e.tenant_id = $1 and e.store_id = $2 and e.product_id = asked.id offset 0
  ) s on true`)

const MOVE = sql(`
  select write_movements($1, $2, $3, null, null, null, $4, array_fill($5::uuid, array[cardinality($6::uuid[])]), $6,
    $7::bigint[], $8::bigint[], array_fill($9::uuid, array[cardinality($6::uuid[])]), null, null)`)

const IS_SOLD = sql(`select from reservation where tenant_id = $1 and order_id = $2 and state = 'COMMITTED'`)

// what is known of the order is that it was undone or blocked: from now on its goods are sold
const KEEP_SALE = sql(`
  insert into reservation as r (tenant_id, order_id, store_id, state, product_ids, quantities, untracked, created_at,
    settled_at)
  values ($1, $2, $3, 'COMMITTED', $4, $5, $6, $7, $7)
  on conflict (tenant_id, order_id) do update set store_id = excluded.store_id, state = excluded.state,
    product_ids = excluded.product_ids, quantities = excluded.quantities, untracked = excluded.untracked,
    created_at = excluded.created_at, settled_at = excluded.settled_at
  where r.state in ('RELEASED', 'EXPIRED', 'UNSOLD')`)

/** A store's stock in Postgres, in the transaction of a session. Its ledger is held from now on until the end. */
export async function openStockPage(session: Session, storeId: string, changed: Changed): Promise<StockPage> {
  const { tenantId } = session
  await session.query(HOLD, [tenantId, storeId])
  return {
    async levels(productIds) {
      const rows = await session.query(LEVELS, [tenantId, storeId, arrayText(productIds)])
      return new Map(rows.map(({ productId, ...level }) => [productId, level]))
    },
    leases: ids => loadLeases(session, ids),
    activeLeases: registerId => countActiveLeases(session, registerId),
    saveLease: lease => saveLease(session, lease),
    async move(kind, moves, { referenceId, now, offline }) {
      tellAfterCommit(session, storeId, changed)
      await session.query(MOVE, [
        ...[tenantId, now, kind, offline, storeId, arrayText(moves.map(({ productId }) => productId))],
        ...[
          arrayText(moves.map(({ quantity }) => quantity)),
          arrayText(moves.map(({ reserved }) => reserved)),
          referenceId,
        ],
      ])
    },
    isSold: async orderId => (await session.execute(IS_SOLD, [tenantId, orderId])) > 0,
    keepSale: (sale, untracked, now) => keepSale(session, sale, untracked, now),
    raise: incidents => raiseIncidents(session, incidents),
    tell: events => writeEvents(session, events),
  }
}

async function keepSale(session: Session, sale: OfflineSale, untracked: readonly string[], now: Date): Promise<void> {
  const goods = [...sale.goods].sort((a, b) => (a.productId < b.productId ? -1 : 1))
  const kept = await session.execute(KEEP_SALE, [
    ...[session.tenantId, sale.orderId, sale.storeId, arrayText(goods.map(({ productId }) => productId))],
    ...[arrayText(goods.map(({ quantity }) => quantity)), arrayText(untracked), now],
  ])
  if (kept === 0) throw new Error('Goods are held for an order that was sold by a till which was cut off')
}

export function createStockBooks(database: Database, changed: Changed): StockBooks {
  return {
    holding: (tenantId, storeId, work) =>
      database.write(tenantId, async session => work(await openStockPage(session, storeId, changed))),
  }
}
