import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, hire, mutate, mutateById, type SignedInUser, signUp, type TestShop } from './shop.ts'
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
