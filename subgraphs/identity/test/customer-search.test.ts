import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, hire, mutate, type SignedInUser, signUp, type TestShop } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const FIELDS = `{ customer { id name email phone group isTaxExempt taxNumber marketingConsent marketingConsentChangedAt note
  anonymisedAt version } }`

interface CustomerAnswer {
  __typename: string
  code?: string
  field?: string
  customer: Record<string, unknown> & { id: string; version: number }
}

let identity: IdentityUnderTest
let shop: TestShop
let cashier: SignedInUser

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
  cashier = await hire(identity, shop, 'cashier', [{ role: 'CASHIER', storeId: shop.storeId }])
})

afterAll(() => identity?.stop())

const create = (input: object, token = cashier.token, headers: Record<string, string> = {}) =>
  mutate<CustomerAnswer>(
    identity,
    'createCustomer',
    { ...input },
    token,
    `... on CreateCustomerSuccess ${FIELDS} ... on CustomerExists { field customer { id } }`,
    headers,
  )

const LIST = `query ($search: String, $filter: CustomerFilter, $first: Int, $after: String) {
  customers(search: $search, filter: $filter, first: $first, after: $after) {
    nodes { id name } pageInfo { hasNextPage endCursor } } }`

interface Page {
  nodes: { id: string; name: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

const list = (variables: object, token = cashier.token) => identity.first<Page>(LIST, { ...variables }, { token })
const namesOf = (page: Page) => page.nodes.map(({ name }) => name)

describe('customers are found', () => {
  let own: TestShop

  beforeAll(async () => {
    own = await signUp(identity)
    const people = [
      { name: 'Zoë Müller', email: 'zoe@example.com', phone: '+41 44 123 45 67', group: 'wholesale' },
      { name: 'Hans Muller', email: 'hans@muller.example' },
      { name: 'Anna Meier', phone: '079 888 77 66', group: 'wholesale' },
      { name: 'Annabelle Schmidt', email: 'schmidt@example.com' },
      { name: '100% Pure', note: 'a company' },
      { name: 'Jonathan Weber' },
    ]
    for (const person of people) await create(person, own.token)
  })

  const found = async (search: string, filter?: object) => namesOf(await list({ search, filter }, own.token))

  test.each([
    ['part of a name, whatever its case and accents', 'MULLER', ['Hans Muller', 'Zoë Müller']],
    ['accents that are not there', 'müll', ['Hans Muller', 'Zoë Müller']],
    ['a name with a mistake in it', 'jonatan', ['Jonathan Weber']],
    ['part of an e-mail', 'zoe@ex', ['Zoë Müller']],
    ['digits of a phone, however spaced', '88 87-766', ['Anna Meier']],
    ['a sign that means something to the database', '100%', ['100% Pure']],
    ['two letters', 'an', ['Anna Meier', 'Annabelle Schmidt']],
    ['one letter', 'j', ['Jonathan Weber']],
    ['nothing like anybody', 'xqxqxq', []],
  ])('by %s', async (_, search, expected) => {
    expect((await found(search)).sort()).toEqual(expected)
  })

  test('the best first: who begins with the text before who only holds it', async () => {
    expect((await found('anna'))[0]).toBe('Anna Meier')
    expect((await found('hans'))[0]).toBe('Hans Muller')
  })

  test('within a group, by exact e-mail, by exact phone', async () => {
    expect(await found('m', { group: 'wholesale' })).toEqual([])
    expect(await found('mei', { group: 'wholesale' })).toEqual(['Anna Meier'])
    expect(await found('', { group: 'wholesale' })).toEqual(['Anna Meier', 'Zoë Müller'])
    expect(await found('', { email: 'ZOE@example.com' })).toEqual(['Zoë Müller'])
    expect(await found('', { phone: '0041441234567' })).toEqual(['Zoë Müller'])
  })

  test.each([
    ['', 'by name'],
    ['example', 'by likeness'],
    ['a', 'by prefix'],
  ])('page by page without one missing or twice (%s, %s)', async search => {
    const whole = await list({ search, first: 100 }, own.token)
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: Page = await list({ search, first: 1, after }, own.token)
      seen.push(...page.nodes.map(({ id }) => id))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after !== null)
    expect(whole.nodes.length).toBeGreaterThan(1)
    expect(seen).toEqual(whole.nodes.map(({ id }) => id))
  })

  test('never those of another business', async () => {
    expect(namesOf(await list({ search: 'muller' }, (await signUp(identity)).token))).toEqual([])
  })

  test('never by who may not see customers', async () => {
    const courier = await hire(identity, shop, 'courier', [{ role: 'COURIER' }])
    expect(codeOf(await identity.ask(LIST, {}, { token: courier.token }))).toBe('FORBIDDEN')
    expect(codeOf(await identity.ask(LIST, {}))).toBe('UNAUTHENTICATED')
  })

  test('a text search uses the index, not every customer', async () => {
    await identity.look(
      `insert into identity.customer (tenant_id, id, name, name_key, search_text, is_tax_exempt, marketing_consent, note, created_at)
       select $1, gen_random_uuid(), 'Person ' || n, 'person ' || n, 'person ' || md5(n::text), false, false, '', now()
       from generate_series(1, 20000) n`,
      [own.tenantId],
    )
    await identity.look('analyze identity.customer')
    const client = new pg.Client({ connectionString: identity.database.urlOf('identity') })
    await client.connect()
    await client.query("select set_config('tillgraph.tenant', $1, false)", [own.tenantId])
    for (const statement of [
      "select from identity.search_customers('zoe@ex', 'zoe@ex', null, null, null, 20)",
      "select from identity.search_customers('jonatan', 'jonatan', null, null, null, 20)",
      "select from identity.search_customers_by_prefix('j', null, null, null, 20)",
    ]) {
      await client.query('begin')
      expect((await client.query(statement)).rowCount, statement).toBe(1)
      const { rows } = await client.query<{ read: string }>(
        "select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where schemaname = 'identity' and relname = 'customer'",
      )
      await client.query('commit')
      expect(Number(rows[0]?.read), statement).toBeGreaterThan(0)
      expect(Number(rows[0]?.read), statement).toBeLessThan(200)
    }
    await client.end()
  })
})
