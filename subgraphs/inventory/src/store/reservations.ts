import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'

export type ReservationState = 'RESERVED' | 'COMMITTED' | 'RELEASED' | 'EXPIRED' | 'UNSOLD'

export interface Reservation {
  readonly orderId: string
  readonly storeId: string | null
  readonly state: ReservationState
  readonly expiresAt: Date | null
  readonly lines: readonly { readonly productId: string; readonly quantity: bigint }[]
}

const LOAD = sql<{
  store_id: string | null
  state: ReservationState
  product_ids: string[]
  quantities: string[]
  expires_at: Date | null
}>(`
  select store_id, state, product_ids::text[] as product_ids, quantities::text[] as quantities, expires_at
  from reservation where tenant_id = $1 and order_id = $2`)

export async function loadReservation(
  database: Database,
  tenantId: string,
  orderId: string,
): Promise<Reservation | undefined> {
  const [row] = await database.query(tenantId, LOAD, [tenantId, orderId])
  if (!row) return undefined
  return {
    orderId,
    storeId: row.store_id,
    state: row.state,
    expiresAt: row.expires_at,
    lines: row.product_ids.map((productId, index) => ({ productId, quantity: BigInt(row.quantities[index] ?? '0') })),
  }
}
