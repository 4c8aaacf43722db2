import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Tenant } from '../domain/tenant.ts'
import type { Work } from '../services.ts'

const OF_SLUG = sql<{ tenantId: string | null }>('select tenant_of_slug($1) as "tenantId"')

const READ = sql<Tenant>(`
  select tenant_id as "tenantId", slug, name, country, default_currency as "defaultCurrency",
    created_at as "createdAt", version
  from tenant where tenant_id = $1`)

const LOCK = sql('select from tenant where tenant_id = $1 for update')

/** The business of a short name; asked before anybody is signed in. */
export async function tenantOfSlug(
  database: Pick<Database, 'beforeTenant'>,
  slug: string,
): Promise<string | undefined> {
  const [row] = await database.beforeTenant(OF_SLUG, [slug])
  return row?.tenantId ?? undefined
}

export function loadTenants(database: Database, tenantId: string): Promise<Tenant[]> {
  return database.query(tenantId, READ, [tenantId])
}

export async function readTenant(work: Work): Promise<Tenant | undefined> {
  return (await work.query(READ, [work.tenantId]))[0]
}

/** Lets one change of who owns the business happen after the other. */
export async function lockTenant(work: Work): Promise<void> {
  await work.query(LOCK, [work.tenantId])
}
