import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, hire, mutate, newStore, type SignedInUser, signUp, type TestShop } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const STORE = `{ store { id name currency timeZone dayEndsAt receiptHeader receiptFooter taxNumber version
  address { street postalCode city region country } amountCeilings { small { amount currency } large { amount } } } }`
interface StoreAnswer {
  __typename: string
  code?: string
  store: { id: string; version: number } & Record<string, unknown>
}

let identity: IdentityUnderTest
let shop: TestShop
let manager: SignedInUser
let cashier: SignedInUser

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
  manager = await hire(identity, shop, 'manager', [{ role: 'MANAGER', storeId: shop.storeId }])
  cashier = await hire(identity, shop, 'cashier', [{ role: 'CASHIER', storeId: shop.storeId }])
})

afterAll(() => identity?.stop())

const createStore = (input: object, token = shop.token, headers: Record<string, string> = {}) =>
  mutate<StoreAnswer>(
    identity,
    'createStore',
    { timeZone: 'Asia/Tokyo', ...input },
    token,
    `... on CreateStoreSuccess ${STORE}`,
    headers,
  )

const updateStore = (input: object, token = shop.token) =>
  mutate<StoreAnswer>(identity, 'updateStore', { ...input }, token, `... on UpdateStoreSuccess ${STORE}`)

describe('a store', () => {
  test('begins with the currency of the business, ceilings of about 50 and 1,000, and a day that ends at midnight', async () => {
    const { store } = await createStore({ name: 'Plain' })
    expect(store).toMatchObject({
      currency: 'CHF',
      dayEndsAt: '00:00',
      address: null,
      receiptHeader: '',
      amountCeilings: { small: { amount: '50.00', currency: 'CHF' }, large: { amount: '1000.00' } },
    })
  })

  test('keeps what it is told, in the digits of its currency', async () => {
    const address = { street: '1 Ginza', postalCode: '104-0061', city: 'Tokyo', region: null, country: 'JP' }
    const { store } = await createStore({
      name: 'Ginza',
      currency: 'JPY',
      dayEndsAt: '05:30',
      address,
      receiptHeader: 'Welcome\nto Ginza',
      receiptFooter: 'Thank you',
      taxNumber: 'T1234567890123',
      amountCeilings: { small: '5000', large: '100000' },
    })
    expect(store).toMatchObject({
      currency: 'JPY',
      timeZone: 'Asia/Tokyo',
      dayEndsAt: '05:30',
      address,
      receiptHeader: 'Welcome\nto Ginza',
      taxNumber: 'T1234567890123',
      amountCeilings: { small: { amount: '5000', currency: 'JPY' }, large: { amount: '100000' } },
    })
  })

  test('is told to the other subgraphs', async () => {
    const { store } = await createStore({ name: 'Told', dayEndsAt: '04:00' })
    await updateStore({ id: store.id, timeZone: 'Europe/Paris' })
    const events = await identity.look(
      'select name, payload from identity.outbox where aggregate_id = $1 order by id',
      [store.id],
    )
    const facts = { storeId: store.id, currency: 'CHF', dayEndsAt: '04:00' }
    expect(events).toEqual([
      { name: 'identity.store.created.v1', payload: { ...facts, timeZone: 'Asia/Tokyo' } },
      { name: 'identity.store.changed.v1', payload: { ...facts, timeZone: 'Europe/Paris', closedAt: null } },
    ])
  })

  test('is made once for one id, and for one Idempotency-Key', async () => {
    const id = randomUUID()
    const [one, two] = await Promise.all([createStore({ id, name: 'By id' }), createStore({ id, name: 'By id' })])
    expect(new Set([one.__typename, two.__typename])).not.toContain('NameTaken')
    expect((await createStore({ id, name: 'By id' })).store.id).toBe(id)
    expect((await createStore({ id, name: 'Other' })).code).toBe('ALREADY_USED_DIFFERENTLY')
    const headers = { 'idempotency-key': 'till-7-store-1' }
    const first = await createStore({ name: 'By key' }, shop.token, headers)
    expect((await createStore({ name: 'By key' }, shop.token, headers)).store.id).toBe(first.store.id)
    expect((await createStore({ name: 'By key 2' }, shop.token, headers)).code).toBe('ALREADY_USED_DIFFERENTLY')
  })

  test('has a name of its own, whatever its case and accents', async () => {
    await createStore({ name: 'Café Zürich' })
    expect((await createStore({ name: 'cafe zurich' })).code).toBe('NAME_TAKEN')
  })

  test('is changed in part; whoever looked at an older version is told', async () => {
    const { store } = await createStore({ name: 'Changing', taxNumber: '1' })
    const changed = await updateStore({ id: store.id, name: 'Changed', taxNumber: null, version: 1 })
    expect(changed.store).toMatchObject({ name: 'Changed', taxNumber: null, timeZone: 'Asia/Tokyo', version: 2 })
    expect((await updateStore({ id: store.id, name: 'Late', version: 1 })).code).toBe('CHANGED_MEANWHILE')
    expect((await updateStore({ id: store.id, name: 'Changed' })).store.version).toBe(2)
  })

  test.each([
    ['name', { name: '\u202e' }],
    ['timeZone', { timeZone: '+02:00' }],
    ['dayEndsAt', { dayEndsAt: '13:00' }],
    ['receiptFooter', { receiptFooter: 'Card 4111 1111 1111 1111' }],
    ['address.country', { address: { street: 'a', postalCode: 'b', city: 'c', country: 'XX' } }],
    ['amountCeilings.small', { amountCeilings: { small: '1.234', large: '2' } }],
    ['amountCeilings.large', { amountCeilings: { small: '10', large: '2' } }],
    ['id', { id: '0191D7A0-0000-7000-8000-000000000001' }],
  ])('with a wrong %s is refused', async (field, change) => {
    expect(await createStore({ name: 'Wrong', ...change })).toMatchObject({ __typename: 'InvalidInput', field })
  })

  test('is an owner’s to make and to change', async () => {
    for (const [name, input] of [
      ['createStore', { name: 'Mine', timeZone: 'UTC' }],
      ['updateStore', { id: shop.storeId, name: 'Mine' }],
    ] as const) {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
      const text = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`
      for (const { token } of [manager, cashier])
        expect(codeOf(await identity.ask(text, { input }, { token }))).toBe('FORBIDDEN')
      expect(codeOf(await identity.ask(text, { input }))).toBe('UNAUTHENTICATED')
    }
  })

  test('is seen by who works there, and by an owner with all the others', async () => {
    const elsewhere = await newStore(identity, shop, 'Elsewhere')
    const text = 'query ($id: ID!) { store(id: $id) { id } stores(first: 100) { nodes { id } } }'
    const seen = await identity.ask(text, { id: elsewhere }, { token: cashier.token })
    expect(seen.data).toEqual({ store: null, stores: { nodes: [{ id: shop.storeId }] } })
    const all = await identity.first<{ nodes: { id: string }[] }>(
      '{ stores(first: 100) { nodes { id } } }',
      {},
      { token: shop.token },
    )
    expect(all.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining([shop.storeId, elsewhere]))
  })
})

test('a business is renamed by its owner, and never loses a change', async () => {
  const own = await signUp(identity)
  const success = '... on UpdateTenantSuccess { tenant { name country defaultCurrency slug version } }'
  const changed = await mutate(identity, 'updateTenant', { name: 'New', country: 'AT', version: 1 }, own.token, success)
  expect(changed).toMatchObject({
    tenant: { name: 'New', country: 'AT', defaultCurrency: 'CHF', slug: own.slug, version: 2 },
  })
  expect(await mutate(identity, 'updateTenant', { name: 'Late', version: 1 }, own.token)).toMatchObject({
    code: 'CHANGED_MEANWHILE',
  })
  expect(await identity.first('{ tenant { name } }', {}, { token: own.token })).toEqual({ name: 'New' })
  const text = 'mutation { updateTenant(input: { name: "X" }) { __typename } }'
  expect(codeOf(await identity.ask(text, {}, { token: manager.token }))).toBe('FORBIDDEN')
})
