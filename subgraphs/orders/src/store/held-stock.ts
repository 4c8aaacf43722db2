import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'

/** Goods that inventory keeps back for an open order. */
export interface HeldStock {
  readonly orderId: string
  /** What inventory knows them by. */
  readonly stockId: string
  /** Null where it ran out and the goods are gone. */
  readonly heldUntil: Date | null
}

const COLUMNS = 'order_id as "orderId", stock_id as "stockId", held_until as "heldUntil"'
const LOAD = sql<HeldStock>(`select ${COLUMNS} from held_stock where tenant_id = $1 and order_id = any($2::uuid[])`)

export function loadHeldStock(database: Pick<Database, 'query'>, tenantId: string, orderIds: readonly string[]) {
  return database.query(tenantId, LOAD, [tenantId, orderIds])
}

export async function findHeldStock(database: Database, tenantId: string, orderId: string) {
  return (await loadHeldStock(database, tenantId, [orderId]))[0]
}

/** The order must be locked, here and below. */
export async function heldStockOf(session: Session, orderId: string): Promise<HeldStock | undefined> {
  return (await session.query(LOAD, [session.tenantId, [orderId]]))[0]
}

const SAVE = sql(`
  insert into held_stock (tenant_id, order_id, stock_id, held_until, look_at) values ($1, $2, $3, $4, $5)
  on conflict (tenant_id, order_id) do update set held_until = excluded.held_until, look_at = excluded.look_at`)

export async function saveHeldStock(session: Session, held: HeldStock, lookAt: Date): Promise<void> {
  await session.execute(SAVE, [session.tenantId, held.orderId, held.stockId, held.heldUntil, lookAt])
}

const LOOK_LATER = sql('update held_stock set look_at = $3 where tenant_id = $1 and order_id = $2')

export async function lookLater(session: Session, orderId: string, lookAt: Date): Promise<void> {
  await session.execute(LOOK_LATER, [session.tenantId, orderId, lookAt])
}

const FORGET = sql('delete from held_stock where tenant_id = $1 and order_id = $2')

export async function forgetHeldStock(session: Session, orderId: string): Promise<void> {
  await session.execute(FORGET, [session.tenantId, orderId])
}
