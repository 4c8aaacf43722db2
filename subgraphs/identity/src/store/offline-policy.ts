import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { StorePolicy } from '../domain/offline-policy.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  p.tenant_id as "tenantId", p.store_id as "storeId", p.version, p.enabled, p.currency, p.per_sale_max as "perSaleMax",
  p.per_device_max as "perDeviceMax", p.count_max as "countMax", p.warn_after_hours as "warnAfterHours",
  p.expire_after_hours as "expireAfterHours", p.tender_kinds as "tenderKinds", p.set_by as "setBy",
  p.created_at as "createdAt"`

const NEWEST = sql<StorePolicy>(`
  select distinct on (p.store_id) ${COLUMNS}, null::timestamptz as "replacedAt" from offline_policy p
  where p.tenant_id = $1 and p.store_id = any($2::uuid[]) order by p.store_id, p.version desc`)

const VERSION = sql<StorePolicy>(`
  select ${COLUMNS}, next.created_at as "replacedAt" from offline_policy p
  left join offline_policy next
    on next.tenant_id = p.tenant_id and next.store_id = p.store_id and next.version = p.version + 1
  where p.tenant_id = $1 and p.store_id = $2 and p.version = $3`)

/** The version that holds, of each store that has one. */
export function loadPolicies(
  database: Database,
  tenantId: string,
  storeIds: readonly string[],
): Promise<StorePolicy[]> {
  return database.query(tenantId, NEWEST, [tenantId, storeIds])
}

export async function findPolicy(
  database: Database,
  tenantId: string,
  storeId: string,
  version: number,
): Promise<StorePolicy | undefined> {
  return (await database.query(tenantId, VERSION, [tenantId, storeId, version]))[0]
}

/** The version that holds; the store's row is locked by who asks. */
export async function newestPolicy(work: Work, storeId: string): Promise<StorePolicy | undefined> {
  return (await work.query(NEWEST, [work.tenantId, [storeId]]))[0]
}
