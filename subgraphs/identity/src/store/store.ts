import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Store } from '../domain/store.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  tenant_id as "tenantId", id, name, name_key as "nameKey", street, postal_code as "postalCode", city, region, country,
  currency, time_zone as "timeZone", day_end_minutes as "dayEndMinutes", receipt_header as "receiptHeader",
  receipt_footer as "receiptFooter", tax_number as "taxNumber", small_ceiling as "smallCeiling",
  large_ceiling as "largeCeiling", created_at as "createdAt", version`

const BY_ID = sql<Store>(`select ${COLUMNS} from store where tenant_id = $1 and id = any($2::uuid[])`)

const LOCK = sql<Store>(`select ${COLUMNS} from store where tenant_id = $1 and id = $2 for update`)

const PAGE = sql<Store>(`
  select ${COLUMNS} from store
  where tenant_id = $1 and ($2::uuid[] is null or id = any($2)) and ($3::text is null or (name_key, id) > ($3, $4::uuid))
  order by name_key, id limit $5`)

/** All that there are of the given ids, in one statement. */
export function loadStores(database: Database, tenantId: string, ids: readonly string[]): Promise<Store[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

/** One row more than a page of the stores that may be seen, by name. */
export function listStores(
  database: Database,
  tenantId: string,
  visible: 'all' | readonly string[],
  page: PageRequest<readonly [string, string]>,
): Promise<Store[]> {
  const [afterKey, afterId] = page.after ?? [null, null]
  return database.query(tenantId, PAGE, [
    tenantId,
    visible === 'all' ? null : visible,
    afterKey,
    afterId,
    page.first + 1,
  ])
}

export async function lockStore(work: Work, id: string): Promise<Store | undefined> {
  return (await work.query(LOCK, [work.tenantId, id]))[0]
}

/** Whether there is such a store of this business. */
export async function isStore(work: Work, id: string): Promise<boolean> {
  return (await work.query(BY_ID, [work.tenantId, [id]])).length > 0
}
