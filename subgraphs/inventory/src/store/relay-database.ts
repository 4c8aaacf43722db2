import { connectAcrossTenants } from '@tillgraph/kit/database/across-tenants'

/** What is done across tenants, with the rights of the relay role: little, and nothing that changes stock. */
export interface RelayDatabase {
  /** The orders of all tenants whose reservations are due, the longest due first. */
  dueReservations(now: Date, limit: number): Promise<{ readonly tenantId: string; readonly orderId: string }[]>
  /** Leases of all tenants whose time is over, the longest over first. */
  dueLeases(
    now: Date,
    limit: number,
  ): Promise<{ readonly tenantId: string; readonly storeId: string; readonly leaseId: string }[]>
  /** Makes what is missing of the partitions of this month and the next ones; how many it made. */
  makePartitions(months: number): Promise<number>
  close(): Promise<void>
}

export function connectRelayDatabase(url: string): RelayDatabase {
  const pool = connectAcrossTenants(url, 'inventory')
  return {
    async dueReservations(now, limit) {
      const { rows } = await pool.query<{ tenant_id: string; order_id: string }>(
        `select tenant_id, order_id from reservation
         where state = 'RESERVED' and expires_at <= $1 order by expires_at, tenant_id, order_id limit $2`,
        [now, limit],
      )
      return rows.map(({ tenant_id, order_id }) => ({ tenantId: tenant_id, orderId: order_id }))
    },
    async dueLeases(now, limit) {
      const { rows } = await pool.query<{ tenant_id: string; store_id: string; id: string }>(
        `select tenant_id, store_id, id from stock_lease
         where state = 'ACTIVE' and expires_at <= $1 order by expires_at, tenant_id, id limit $2`,
        [now, limit],
      )
      return rows.map(({ tenant_id, store_id, id }) => ({ tenantId: tenant_id, storeId: store_id, leaseId: id }))
    },
    async makePartitions(months) {
      const { rows } = await pool.query<{ made: number }>('select make_movement_partitions(current_date, $1) as made', [
        months,
      ])
      return rows[0]?.made ?? 0
    },
    close: () => pool.end(),
  }
}
