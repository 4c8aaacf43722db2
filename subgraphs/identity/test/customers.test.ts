import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  hire,
  type IdentityUnderTest,
  mutate,
  mutateById,
  type SignedInUser,
  signUp,
  startIdentity,
  type TestShop,
} from './support.ts'

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

const update = (input: object, token = cashier.token) =>
  mutate<CustomerAnswer>(
    identity,
    'updateCustomer',
    { ...input },
    token,
    `... on UpdateCustomerSuccess ${FIELDS} ... on CustomerExists { field customer { id } }`,
  )

const anonymise = (id: string, token = shop.token) =>
  mutateById<CustomerAnswer>(identity, 'anonymiseCustomer', id, token, `... on AnonymiseCustomerSuccess ${FIELDS}`)

const LIST = `query ($search: String, $filter: CustomerFilter, $first: Int, $after: String) {
  customers(search: $search, filter: $filter, first: $first, after: $after) {
    nodes { id name } pageInfo { hasNextPage endCursor } } }`

interface Page {
  nodes: { id: string; name: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

const list = (variables: object, token = cashier.token) => identity.first<Page>(LIST, { ...variables }, { token })
const namesOf = (page: Page) => page.nodes.map(({ name }) => name)

const codeOf = (answer: {
  errors?: readonly { extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined
}) => answer.errors?.[0]?.extensions?.code

describe('a customer', () => {
  test('is made at the till with a name alone, or with all there is', async () => {
    expect((await create({ name: 'Walk-in' })).customer).toMatchObject({
      email: null,
      phone: null,
      group: null,
      isTaxExempt: false,
      marketingConsent: false,
      marketingConsentChangedAt: null,
      note: '',
      version: 1,
    })
    const whole = {
      name: 'Zoë Müller',
      email: 'Zoe@Example.com',
      phone: '+41 (44) 123-45-67',
      group: 'wholesale',
      isTaxExempt: true,
      taxNumber: 'CHE-123.456.789',
      marketingConsent: true,
      note: 'Likes rye bread\nCalls before noon',
    }
    const { customer } = await create(whole)
    expect(customer).toMatchObject({ ...whole, marketingConsentChangedAt: identity.clock.now().toISOString() })
  })

  test('is made once for one id and for one Idempotency-Key', async () => {
    const id = randomUUID()
    const answers = [await create({ id, name: 'One' }), await create({ id, name: 'One' })]
    expect(answers.map(({ customer }) => customer.id)).toEqual([id, id])
    expect((await create({ id, name: 'Two' })).code).toBe('ALREADY_USED_DIFFERENTLY')
    const headers = { 'idempotency-key': 'customer-key-1' }
    const [first, second] = [
      await create({ name: 'Keyed' }, cashier.token, headers),
      await create({ name: 'Keyed' }, cashier.token, headers),
    ]
    expect(second.customer.id).toBe(first.customer.id)
  })

  test('with the e-mail or phone of another is shown that one instead', async () => {
    const { customer } = await create({ name: 'First', email: 'first@example.com', phone: '044 555 66 77' })
    expect(await create({ name: 'Second', email: 'FIRST@example.com' })).toMatchObject({
      __typename: 'CustomerExists',
      field: 'email',
      customer: { id: customer.id },
    })
    expect(await create({ name: 'Second', phone: '0445556677' })).toMatchObject({
      code: 'CUSTOMER_EXISTS',
      field: 'phone',
      customer: { id: customer.id },
    })
    const other = await create({ name: 'Other' })
    expect(await update({ id: other.customer.id, phone: '(044) 5556677' })).toMatchObject({
      field: 'phone',
      customer: { id: customer.id },
    })
    const foreign = await signUp(identity)
    expect((await create({ name: 'There', email: 'first@example.com' }, foreign.token)).__typename).toBe(
      'CreateCustomerSuccess',
    )
  })

  test('is changed in part, null takes a value away, and an older look is refused', async () => {
    const { customer } = await create({ name: 'Patch', email: 'patch@example.com', group: 'a' })
    const changed = await update({ id: customer.id, email: null, marketingConsent: true, version: 1 })
    expect(changed.customer).toMatchObject({
      name: 'Patch',
      email: null,
      group: 'a',
      marketingConsent: true,
      version: 2,
    })
    expect(changed.customer.marketingConsentChangedAt).toBe(identity.clock.now().toISOString())
    expect((await update({ id: customer.id, name: 'Late', version: 1 })).code).toBe('CHANGED_MEANWHILE')
    expect((await update({ id: randomUUID(), name: 'Nobody' })).code).toBe('NOT_FOUND')
    expect(namesOf(await list({ search: 'patch@example' }))).toEqual([])
  })

  test.each([
    ['name', { name: ' ' }],
    ['email', { name: 'N', email: 'a@b' }],
    ['email', { name: 'N', email: 'a b@example.com' }],
    ['phone', { name: 'N', phone: 'call me' }],
    ['phone', { name: 'N', phone: '123' }],
    ['note', { name: 'N', note: 'pays with 4111 1111 1111 1111' }],
    ['group', { name: 'N', group: 'g'.repeat(61) }],
  ])('with a wrong %s is refused', async (field, input) => {
    expect(await create(input)).toMatchObject({ __typename: 'InvalidInput', field })
  })
})

describe('an anonymised customer', () => {
  test('has an id and nothing else, everywhere, for ever; others are told; asking again changes nothing', async () => {
    const secret = {
      name: 'Forget Mi',
      email: 'forget.me@example.com',
      phone: '+49 170 1112233',
      taxNumber: 'DE-999888777',
      note: 'lives at Rosenweg 12',
    }
    const { customer } = await create({ ...secret, marketingConsent: true, group: 'vip-rosenweg' })
    await update({ id: customer.id, note: 'lives at Rosenweg 13' })
    const gone = await anonymise(customer.id)
    expect(gone.customer).toEqual({
      id: customer.id,
      name: '',
      email: null,
      phone: null,
      group: null,
      isTaxExempt: false,
      taxNumber: null,
      marketingConsent: false,
      marketingConsentChangedAt: identity.clock.now().toISOString(),
      note: '',
      anonymisedAt: identity.clock.now().toISOString(),
      version: 3,
    })
    identity.clock.advance(1_000)
    expect((await anonymise(customer.id)).customer).toEqual(gone.customer)
    const events = await identity.look(
      "select payload from identity.outbox where name = 'identity.customer.anonymised.v1' and aggregate_id = $1",
      [customer.id],
    )
    expect(events).toEqual([{ payload: { customerId: customer.id, anonymisedAt: gone.customer.anonymisedAt } }])

    const tables = await identity.look<{ name: string; content: string }>(
      `select table_name as name, query_to_xml(format('select * from identity.%I', table_name), true, false, '')::text as content
       from information_schema.tables where table_schema = 'identity' and table_type = 'BASE TABLE'`,
    )
    for (const { name, content } of tables)
      for (const trace of ['Forget Mi', 'forget mi', 'forget.me', '1701112233', '999888777', 'Rosenweg'])
        expect(content.includes(trace), `${trace} in ${name}`).toBe(false)
  })

  test('is found and changed no more, and their e-mail is free', async () => {
    const { customer } = await create({ name: 'Gonesoon', email: 'soon@example.com' })
    await anonymise(customer.id)
    expect(namesOf(await list({ search: 'gonesoon' }))).toEqual([])
    expect(namesOf(await list({ filter: { email: 'soon@example.com' } }))).toEqual([])
    expect((await update({ id: customer.id, name: 'Back' })).code).toBe('NOT_FOUND')
    expect((await create({ name: 'New', email: 'soon@example.com' })).__typename).toBe('CreateCustomerSuccess')
  })

  test('is no cashier’s decision', async () => {
    const { customer } = await create({ name: 'Stays' })
    const text = 'mutation ($id: ID!) { anonymiseCustomer(id: $id) { __typename } }'
    expect(codeOf(await identity.ask(text, { id: customer.id }, { token: cashier.token }))).toBe('FORBIDDEN')
    expect((await anonymise(randomUUID())).code).toBe('NOT_FOUND')
  })
})

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
