import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { AccountKind } from '../domain/books.ts'

/** Faults told of at the most; one is one too many. */
const FAULTS_TOLD_MOST = 100

export interface LedgerAccount {
  readonly id: string
  readonly storeId: string | null
  readonly kind: AccountKind
  readonly holder: string
  readonly currency: CurrencyCode
  readonly balance: bigint
}

export interface LedgerProof {
  readonly transfers: number
  readonly accounts: number
  readonly unbalanced: readonly string[]
  readonly wrong: readonly string[]
  readonly totals: readonly { readonly currency: CurrencyCode; readonly minor: bigint }[]
}

// One statement sees one moment, whatever is posted meanwhile.
const PROOF = sql<{
  transfers: bigint
  accounts: bigint
  unbalanced: string[]
  wrong: string[]
  totals: { currency: CurrencyCode; minor: string }[]
}>(`
  with entry as (
    select e.account_id, t.currency, sum(e.amount) as amount
    from transfer t cross join lateral unnest(t.account_ids, t.amounts) e (account_id, amount)
    where t.tenant_id = $1 group by e.account_id, t.currency
  ), compared as (
    select coalesce(a.id, e.account_id) as id, coalesce(a.currency, e.currency) as currency,
      coalesce(a.balance, 0) as balance, a.id is not null and a.balance = coalesce(e.amount, 0) as right
    from (select * from account where tenant_id = $1) a
    full join entry e on e.account_id = a.id and e.currency = a.currency
  )
  select (select count(*) from transfer where tenant_id = $1) as transfers,
    (select count(*) from account where tenant_id = $1) as accounts,
    array(select id from transfer where tenant_id = $1 and sum_of(amounts) <> 0 order by id limit $2) as unbalanced,
    array(select id from compared where not compared.right order by id limit $2) as wrong,
    coalesce((select jsonb_agg(jsonb_build_object('currency', s.currency, 'minor', s.minor::text) order by s.currency)
      from (select currency, sum(balance) as minor from compared group by currency) s), '[]') as totals`)

const LIST = sql<LedgerAccount>(`
  select id, store_id as "storeId", kind, holder, currency, balance from account
  where tenant_id = $1 and ($2::uuid is null or store_id = $2) and ($3::text is null or kind = $3)
    and ($4::uuid is null or id > $4)
  order by id limit $5`)

export async function proveLedger(database: Database, tenantId: string): Promise<LedgerProof> {
  const [row] = await database.query(tenantId, PROOF, [tenantId, FAULTS_TOLD_MOST])
  if (!row) throw new Error('A proof is one row')
  return {
    transfers: Number(row.transfers),
    accounts: Number(row.accounts),
    unbalanced: row.unbalanced,
    wrong: row.wrong,
    totals: row.totals.map(({ currency, minor }) => ({ currency, minor: BigInt(minor) })),
  }
}

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
