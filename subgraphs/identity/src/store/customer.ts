import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Customer } from '../domain/customer.ts'
import { escapeLike } from '../domain/fold.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  c.tenant_id as "tenantId", c.id, c.name, c.name_key as "nameKey", c.email, c.email_key as "emailKey", c.phone,
  c.phone_key as "phoneKey", c.customer_group as "group", c.is_tax_exempt as "isTaxExempt", c.tax_number as "taxNumber",
  c.marketing_consent as "marketingConsent", c.marketing_consent_changed_at as "marketingConsentChangedAt", c.note,
  c.created_at as "createdAt", c.anonymised_at as "anonymisedAt", c.version`

const FILTER =
  '($2::text is null or c.customer_group = $2) and ($3::text is null or c.email_key = $3) and ($4::text is null or c.phone_key = $4)'

const BY_ID = sql<Customer>(`select ${COLUMNS} from customer c where c.tenant_id = $1 and c.id = any($2::uuid[])`)

const LOCK = sql<Customer>(`select ${COLUMNS} from customer c where c.tenant_id = $1 and c.id = $2 for update`)

const BY_CONTACT = sql<Customer>(`
  select ${COLUMNS} from customer c where c.tenant_id = $1 and (c.email_key = $2 or c.phone_key = $3)
  order by (c.email_key = $2) desc nulls last limit 1`)

const PAGE = sql<Customer>(`
  select ${COLUMNS} from customer c
  where c.tenant_id = $1 and c.anonymised_at is null and ${FILTER}
    and ($5::text is null or (c.name_key, c.id) > ($5, $6::uuid))
  order by c.name_key, c.id limit $7`)

const SEARCH = sql<RankedCustomer>(`
  select ${COLUMNS}, f.rank from search_customers($2, $3, $4, $5, $6, $7) f
  join customer c on c.tenant_id = $1 and c.id = f.id
  order by f.rank desc, c.id`)

const BY_PREFIX = sql<Customer>(`
  select ${COLUMNS} from search_customers_by_prefix($2, $3, $4, $5, $6) f
  join customer c on c.tenant_id = $1 and c.id = f.id
  order by c.name_key, c.id`)

export interface RankedCustomer extends Customer {
  readonly rank: number
}

export interface CustomerFilterKeys {
  readonly group: string | null
  readonly emailKey: string | null
  readonly phoneKey: string | null
}

type ByName = PageRequest<readonly [string, string]>

export function loadCustomers(database: Database, tenantId: string, ids: readonly string[]): Promise<Customer[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

export async function lockCustomer(work: Work, id: string): Promise<Customer | undefined> {
  return (await work.query(LOCK, [work.tenantId, id]))[0]
}

/** Whoever has this e-mail or, else, this phone. */
export async function customerOfContact(
  database: Database,
  tenantId: string,
  emailKey: string | null,
  phoneKey: string | null,
): Promise<Customer | undefined> {
  return (await database.query(tenantId, BY_CONTACT, [tenantId, emailKey, phoneKey]))[0]
}

/** One row more than a page of customers, by name. */
export function listCustomers(database: Database, tenantId: string, filter: CustomerFilterKeys, page: ByName) {
  const [afterKey, afterId] = page.after ?? [null, null]
  const { group, emailKey, phoneKey } = filter
  return database.query(tenantId, PAGE, [tenantId, group, emailKey, phoneKey, afterKey, afterId, page.first + 1])
}

/** One row more than a page of those that a text is like, the best first. */
export function searchCustomers(
  database: Database,
  tenantId: string,
  text: string,
  group: string | null,
  page: ByName,
) {
  const [afterRank, afterId] = page.after ?? [null, null]
  const rank = afterRank === null ? null : Number(afterRank)
  return database.query(tenantId, SEARCH, [tenantId, text, escapeLike(text), group, rank, afterId, page.first + 1])
}

/** One row more than a page of those of whom something begins with a text, by name. */
export function customersByPrefix(
  database: Database,
  tenantId: string,
  prefix: string,
  group: string | null,
  page: ByName,
) {
  const [afterKey, afterId] = page.after ?? [null, null]
  return database.query(tenantId, BY_PREFIX, [tenantId, prefix, group, afterKey, afterId, page.first + 1])
}
