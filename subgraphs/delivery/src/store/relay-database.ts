import { connectAcrossTenants } from '@tillgraph/kit/database/across-tenants'

/** What is done across tenants, with the rights of the relay role. */
export interface RelayDatabase {
  /** Forgets changes that nobody can ask for any more; how many went. */
  forgetChanges(before: Date, limit: number): Promise<number>
  close(): Promise<void>
}

export function connectRelayDatabase(url: string): RelayDatabase {
  const pool = connectAcrossTenants(url, 'delivery')
  return {
    async forgetChanges(before, limit) {
      const { rowCount } = await pool.query(
        `delete from delivery_change where (tenant_id, store_id, version) in (
           select tenant_id, store_id, version from delivery_change where at < $1 order by at limit $2)`,
        [before, limit],
      )
      return rowCount ?? 0
    },
    close: () => pool.end(),
  }
}
