import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { AccountKind } from '../domain/books.ts'

export interface LedgerAccount {
  readonly id: string
  readonly storeId: string | null
  readonly kind: AccountKind
  readonly holder: string
  readonly currency: CurrencyCode
  readonly balance: bigint
}

const LIST = sql<LedgerAccount>(`
  select id, store_id as "storeId", kind, holder, currency, balance from account
  where tenant_id = $1 and ($2::uuid is null or store_id = $2) and ($3::text is null or kind = $3)
    and ($4::uuid is null or id > $4)
  order by id limit $5`)

export function listAccounts(
  database: Database,
  tenantId: string,
  storeId: string | null,
  kind: AccountKind | null,
  after: string | null,
  limit: number,
): Promise<LedgerAccount[]> {
  return database.query(tenantId, LIST, [tenantId, storeId, kind, after, limit])
}
