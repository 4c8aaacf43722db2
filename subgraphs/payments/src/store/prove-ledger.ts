import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { CurrencyCode } from '@tillgraph/rules/currency'

/** Faults told of at the most; one is one too many. */
const FAULTS_TOLD_MOST = 100
/** Read by one statement, so that none takes longer than statements may. */
const TRANSFERS_PER_PAGE = 50_000
const ACCOUNTS_PER_PAGE = 50_000
/** Accounts whose sums are held at once; where there are more, the transfers are read once for each part of them. */
const ACCOUNTS_PER_PART = 200_000
const PARTS_MOST = 256

const FIRST_ID = '00000000-0000-0000-0000-000000000000'
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

export interface LedgerProof {
  readonly transfers: number
  readonly accounts: number
  readonly unbalanced: readonly string[]
  readonly wrong: readonly string[]
  readonly totals: readonly { readonly currency: CurrencyCode; readonly minor: bigint }[]
}

// All pages see the books at one moment, whatever is posted meanwhile.
const ONE_MOMENT = sql('set transaction isolation level repeatable read, read only')

const COUNT_ACCOUNTS = sql<{ n: bigint }>('select count(*) as n from account where tenant_id = $1')

interface Page {
  readonly transfers: number
  readonly last: string | null
  readonly unbalanced: readonly string[]
  readonly accountIds: readonly string[]
  readonly currencies: readonly CurrencyCode[]
  readonly sums: readonly string[]
}

// Nearly all transfers have two or three entries, whose sum needs no function. Sums are numeric: none can run over.
const PAGE = sql<Page>(`
  with page as materialized (
    select id, currency, account_ids, amounts from transfer where tenant_id = $1 and id > $2 order by id limit $3
  ), summed as (
    select e.account_id, p.currency, sum(e.amount) as amount
    from page p cross join lateral unnest(p.account_ids, p.amounts) e (account_id, amount)
    where e.account_id >= $4 and e.account_id <= $5 group by e.account_id, p.currency
  )
  select (select count(*)::int from page) as transfers, (select id from page order by id desc limit 1) as last,
    array(select id from page where case cardinality(amounts) when 2 then amounts[1]::numeric + amounts[2]
      when 3 then amounts[1]::numeric + amounts[2] + amounts[3] else sum_of(amounts) end <> 0
      order by id limit $6) as unbalanced,
    array(select account_id from summed order by account_id, currency) as "accountIds",
    array(select currency::text from summed order by account_id, currency) as currencies,
    array(select amount::text from summed order by account_id, currency) as sums`)

const ACCOUNTS = sql<{ id: string; currency: CurrencyCode; balance: bigint }>(`
  select id, currency, balance from account where tenant_id = $1 and id > $2 and id <= $3 order by id limit $4`)

/**
 * Proves the books: every transfer sums to zero, every balance is the sum of its entries, each currency sums to zero. Reads
 * all of them page by page at one moment: what it takes grows with the transfers, what it holds does not.
 */
export function proveLedger(
  database: Database,
  tenantId: string,
  pageTransfers = TRANSFERS_PER_PAGE,
): Promise<LedgerProof> {
  return database.write(tenantId, async session => {
    await session.execute(ONE_MOMENT)
    const [counted] = await session.query(COUNT_ACCOUNTS, [tenantId])
    const accounts = Number(counted?.n ?? 0n)
    const totals = new Map<CurrencyCode, bigint>()
    const wrong: string[] = []
    let transfers = 0
    let unbalanced: readonly string[] = []
    for (const [from, to] of partsOf(accounts)) {
      const part = await sumEntries(session, from, to, pageTransfers)
      transfers = part.transfers
      unbalanced = part.unbalanced
      wrong.push(...(await compare(session, from, to, part.sums, totals)))
    }
    return {
      ...{ transfers, accounts, unbalanced },
      wrong: wrong.slice(0, FAULTS_TOLD_MOST),
      totals: [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => ({ currency, minor })),
    }
  })
}

/** Ranges of account ids, which are spread evenly: as many as keep what is held at once within bounds. */
export function partsOf(accounts: number, most = ACCOUNTS_PER_PART): (readonly [string, string])[] {
  const parts = Math.min(Math.max(Math.ceil(accounts / most), 1), PARTS_MOST)
  const edge = (part: number) =>
    part === parts
      ? LAST_ID
      : `${Math.floor((part * PARTS_MOST) / parts)
          .toString(16)
          .padStart(2, '0')}${FIRST_ID.slice(2)}`
  return Array.from({ length: parts }, (_, part) => [edge(part), edge(part + 1)] as const)
}

const keyOf = (accountId: string, currency: string) => `${accountId} ${currency}`

async function sumEntries(session: Session, from: string, to: string, pageTransfers: number) {
  const sums = new Map<string, bigint>()
  const unbalanced: string[] = []
  let transfers = 0
  let place = FIRST_ID
  for (;;) {
    const values = [session.tenantId, place, pageTransfers, from, to, FAULTS_TOLD_MOST]
    const [page] = await session.query(PAGE, values)
    if (!page) throw new Error('A page of transfers is one row')
    transfers += page.transfers
    unbalanced.push(...page.unbalanced)
    page.accountIds.forEach((id, index) => {
      const key = keyOf(id, page.currencies[index] ?? '')
      sums.set(key, (sums.get(key) ?? 0n) + BigInt(page.sums[index] ?? '0'))
    })
    if (page.last === null || page.transfers < pageTransfers)
      return { sums, transfers, unbalanced: unbalanced.slice(0, FAULTS_TOLD_MOST) }
    place = page.last
  }
}

/** Which balances are not the sums of their entries; entries of an account that is not there are wrong too. */
async function compare(
  session: Session,
  from: string,
  to: string,
  sums: Map<string, bigint>,
  totals: Map<CurrencyCode, bigint>,
): Promise<string[]> {
  const wrong: string[] = []
  let place = from
  for (;;) {
    const rows = await session.query(ACCOUNTS, [session.tenantId, place, to, ACCOUNTS_PER_PAGE])
    for (const { id, currency, balance } of rows) {
      const key = keyOf(id, currency)
      if ((sums.get(key) ?? 0n) !== balance) wrong.push(id)
      sums.delete(key)
      totals.set(currency, (totals.get(currency) ?? 0n) + balance)
    }
    const last = rows.at(-1)
    if (!last || rows.length < ACCOUNTS_PER_PAGE) break
    place = last.id
  }
  for (const key of sums.keys()) wrong.push(key.slice(0, key.indexOf(' ')))
  return wrong
}
