import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hire, mutate, mutateById, type SignedInUser, signIn, signUp, type TestShop } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

let identity: IdentityUnderTest
let shop: TestShop

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
})

afterAll(() => identity?.stop())

describe('a stranger', () => {
  let stranger: TestShop
  let cashier: SignedInUser
  let ids: Record<'store' | 'register' | 'user' | 'customer' | 'partner' | 'session', string>

  beforeAll(async () => {
    stranger = await signUp(identity)
    shop = { ...shop, token: (await signIn(identity, shop.slug, 'olga')).token }
    cashier = await hire(identity, shop, 'sealed-cashier', [{ role: 'CASHIER' }])
    const made = async (name: string, input: Record<string, unknown>, kind: string, success: string) =>
      (
        await mutate<Record<string, { id: string }>>(
          identity,
          name,
          input,
          shop.token,
          `... on ${success} { ${kind} { id } }`,
        )
      )[kind]?.id ?? ''
    ids = {
      store: shop.storeId,
      register: await made(
        'createRegister',
        { storeId: shop.storeId, name: 'Sealed' },
        'register',
        'CreateRegisterSuccess',
      ),
      user: cashier.userId,
      customer: await made(
        'createCustomer',
        { name: 'Sealed', email: 'sealed@example.com' },
        'customer',
        'CreateCustomerSuccess',
      ),
      partner: await made(
        'createPartner',
        { name: 'Sealed', scopes: ['catalog:read'] },
        'partner',
        'CreatePartnerSuccess',
      ),
      session: cashier.sessionId,
    }
  })

  test.each(['store', 'register', 'user', 'customer', 'partner'] as const)(
    'reads a %s of another business as one that nobody made',
    async kind => {
      const text = `query ($id: ID!) { ${kind}(id: $id) { id } }`
      const foreign = await identity.ask(text, { id: ids[kind] }, { token: stranger.token })
      expect(foreign).toEqual(await identity.ask(text, { id: randomUUID() }, { token: stranger.token }))
      expect(await identity.first(text, { id: ids[kind] }, { token: shop.token })).toEqual({ id: ids[kind] })
    },
  )

  test.each([
    ['updateStore', 'store', (id: string) => ({ id, name: 'Mine' })],
    ['createRegister', 'store', (storeId: string) => ({ storeId, name: 'Mine' })],
    ['renameRegister', 'register', (id: string) => ({ id, name: 'Mine' })],
    ['updateUser', 'user', (id: string) => ({ id, displayName: 'Mine' })],
    ['resetPassword', 'user', (userId: string) => ({ userId, newPassword: 'x' })],
    ['grantRole', 'user', (userId: string) => ({ userId, role: 'OWNER' })],
    ['revokeRole', 'user', (userId: string) => ({ userId, role: 'CASHIER' })],
    ['updateCustomer', 'customer', (id: string) => ({ id, name: 'Mine' })],
    ['updatePartner', 'partner', (id: string) => ({ id, name: 'Mine' })],
    ['rotatePartnerSecret', 'partner', (id: string) => ({ id })],
  ] as const)('%s of another business answers as for an id that nobody made', async (mutation, kind, inputFor) => {
    const foreign = await mutate(identity, mutation, inputFor(ids[kind]), stranger.token)
    expect(foreign).toEqual(await mutate(identity, mutation, inputFor(randomUUID()), stranger.token))
    expect(foreign.code).toBe('NOT_FOUND')
  })

  test.each([
    ['createEnrolmentCode', 'register'],
    ['revokeRegister', 'register'],
    ['deactivateUser', 'user'],
    ['activateUser', 'user'],
    ['anonymiseCustomer', 'customer'],
    ['deactivatePartner', 'partner'],
    ['activatePartner', 'partner'],
    ['endSession', 'session'],
  ] as const)('%s of another business answers as for an id that nobody made', async (mutation, kind) => {
    const foreign = await mutateById(identity, mutation, ids[kind], stranger.token)
    expect(foreign).toEqual(await mutateById(identity, mutation, randomUUID(), stranger.token))
    expect(foreign.code).toBe('NOT_FOUND')
  })

  test('gives a role in a store of another business to nobody', async () => {
    const input = { userId: stranger.ownerId, role: 'CASHIER', storeId: ids.store }
    const foreign = await mutate(identity, 'grantRole', input, stranger.token)
    expect(foreign).toEqual(await mutate(identity, 'grantRole', { ...input, storeId: randomUUID() }, stranger.token))
    expect(foreign.code).toBe('NOT_FOUND')
  })

  test('lists nothing of another business, whatever it filters by', async () => {
    const texts = [
      `{ registers(storeId: "${ids.store}") { nodes { id } } }`,
      `{ users(filter: { storeId: "${ids.store}" }) { nodes { roles { store { id } } } } }`,
      `{ audit(filter: { subjectId: "${ids.user}" }) { nodes { id } } }`,
      `{ me { permissions(storeId: "${ids.store}") } }`,
    ]
    for (const text of texts) {
      const foreign = await identity.ask(text, {}, { token: stranger.token })
      const unknown = await identity.ask(text.replace(/[0-9a-f-]{36}/, randomUUID()), {}, { token: stranger.token })
      expect(foreign, text).toEqual(unknown)
    }
  })

  test('enters nothing of another business by reference', async () => {
    const entities = {
      Store: ids.store,
      Register: ids.register,
      User: ids.user,
      Customer: ids.customer,
      Partner: ids.partner,
      Tenant: shop.tenantId,
    }
    const text = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Store { name } ... on Register { name } ... on User { displayName } ... on Customer { name } ... on Partner { name } ... on Tenant { name } } }`
    const representations = Object.entries(entities).map(([__typename, id]) => ({ __typename, id }))
    const foreign = await identity.ask(text, { representations }, { token: stranger.token })
    expect(foreign).toEqual({ data: { _entities: representations.map(() => null) } })
    const own = await identity.ask(text, { representations }, { token: shop.token })
    expect(own.errors).toBeUndefined()
    expect(own.data?._entities).not.toContain(null)
  })
})

describe('our other services', () => {
  test('ask for stores, tills, customers and people by id, of the business they act for', async () => {
    const text = `query ($ids: [ID!]!) { storesById(ids: $ids) { id currency timeZone amountCeilings { small { amount } } }
      customersById(ids: $ids) { id isTaxExempt group } usersById(ids: $ids) { id isActive roles { role } } registersById(ids: $ids) { id keys { publicKey } } }`
    const ids = [shop.storeId, shop.ownerId, randomUUID(), 'nonsense', shop.storeId]
    const answer = await identity.ask(text, { ids }, await identity.asService('orders', shop.tenantId))
    expect(answer).toEqual({
      data: {
        storesById: [
          {
            id: shop.storeId,
            currency: 'CHF',
            timeZone: 'Europe/Zurich',
            amountCeilings: { small: { amount: '50.00' } },
          },
        ],
        customersById: [],
        usersById: [{ id: shop.ownerId, isActive: true, roles: [{ role: 'OWNER' }] }],
        registersById: [],
      },
    })
    const other = await signUp(identity)
    const foreign = await identity.ask(text, { ids }, await identity.asService('orders', other.tenantId))
    expect(foreign.data).toEqual({ storesById: [], customersById: [], usersById: [], registersById: [] })
  })

  test('see no e-mail, and change nothing', async () => {
    const orders = await identity.asService('orders', shop.tenantId)
    const answer = await identity.ask(`{ usersById(ids: ["${shop.ownerId}"]) { email } }`, {}, orders)
    expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    const change = await identity.ask(`mutation { deactivateUser(id: "${shop.ownerId}") { __typename } }`, {}, orders)
    expect(change.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  })

  test('are told where to write to those who run a store: orders alone, and of its own business', async () => {
    const text = `{ emailsOfManagers(storeId: "${shop.storeId}") }`
    const told = await identity.ask(text, {}, await identity.asService('orders', shop.tenantId))
    const [owner] = await identity.look<{ email: string }>('select email from identity.user_account where id = $1', [
      shop.ownerId,
    ])
    expect(told.data).toEqual({ emailsOfManagers: owner?.email ? [owner.email] : [] })
    const other = await signUp(identity)
    const foreign = await identity.ask(text, {}, await identity.asService('orders', other.tenantId))
    expect(foreign.data).toEqual({ emailsOfManagers: [] })
    const payments = await identity.ask(text, {}, await identity.asService('payments', shop.tenantId))
    expect(payments.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  })

  test('are not whoever says so: people may not ask for them, and not every service may', async () => {
    const text = `{ storesById(ids: ["${shop.storeId}"]) { id } }`
    expect((await identity.ask(text, {}, { token: shop.token })).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    const tills = `{ registersById(ids: ["${shop.storeId}"]) { id } }`
    expect(
      (await identity.ask(tills, {}, await identity.asService('catalog', shop.tenantId))).errors?.[0]?.extensions?.code,
    ).toBe('FORBIDDEN')
  })
})
