import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  hire,
  type IdentityUnderTest,
  mutate,
  mutateById,
  newStore,
  PASSWORD,
  type SignedInUser,
  signIn,
  signUp,
  startIdentity,
  type TestShop,
} from './support.ts'

let identity: IdentityUnderTest
let shop: TestShop

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
})

afterAll(() => identity?.stop())

const AUDIT = `query ($filter: AuditFilter, $first: Int, $after: String) { audit(filter: $filter, first: $first, after: $after) {
  nodes { at actor actorId action subject subjectId storeId before after requestId } pageInfo { hasNextPage endCursor } } }`

interface Trail {
  nodes: {
    actor: string
    actorId: string | null
    action: string
    subject: string
    subjectId: string
    storeId: string | null
    before: string | null
    after: string | null
    requestId: string
  }[]
  pageInfo: { hasNextPage: boolean; endCursor: string }
}

const trail = (filter: object, token = shop.token, more: object = {}) =>
  identity.first<Trail>(AUDIT, { filter, ...more }, { token })

describe('the audit trail', () => {
  test('says who changed what from what to what, and in which request', async () => {
    const storeId = await newStore(identity, shop, 'Old name')
    await mutate(identity, 'updateStore', { id: storeId, name: 'New name', dayEndsAt: '03:00' }, shop.token, '', {
      'x-request-id': 'request-0001',
    })
    const { nodes } = await trail({ subjectId: storeId })
    expect(nodes.map(({ action }) => action)).toEqual(['store.updated', 'store.created'])
    expect(nodes[0]).toMatchObject({
      actor: 'USER',
      actorId: shop.ownerId,
      subject: 'STORE',
      storeId,
      requestId: 'request-0001',
    })
    expect(JSON.parse(nodes[0]?.before ?? '')).toMatchObject({ name: 'Old name', dayEndMinutes: 0 })
    expect(JSON.parse(nodes[0]?.after ?? '')).toMatchObject({ name: 'New name', dayEndMinutes: 180 })
  })

  test('a change that changes nothing, and one that is refused, leave no trace', async () => {
    const storeId = await newStore(identity, shop, 'Quiet')
    await mutate(identity, 'updateStore', { id: storeId, name: 'Quiet' }, shop.token)
    await mutate(identity, 'updateStore', { id: storeId, name: 'Main street' }, shop.token)
    expect((await trail({ subjectId: storeId })).nodes).toHaveLength(1)
  })

  test('holds no secret and nothing that must be forgotten', async () => {
    await hire(identity, shop, 'audited', [{ role: 'CASHIER' }])
    await mutate(identity, 'createCustomer', { name: 'Private Person', email: 'private@example.com' }, shop.token)
    const rows = await identity.look<{ content: string }>(
      "select query_to_xml('select * from identity.audit_entry', true, false, '')::text as content",
    )
    for (const secret of [PASSWORD, '$argon2id$', 'Private Person', 'private@example.com', shop.refreshToken])
      expect(rows[0]?.content.includes(secret), secret).toBe(false)
  })

  test('is asked by subject, actor, action, store and time, page by page', async () => {
    const own = await signUp(identity)
    const person = await hire(identity, own, 'watched', [{ role: 'CASHIER', storeId: own.storeId }])
    const before = identity.clock.now()
    identity.clock.advance(60_000)
    await mutate(identity, 'grantRole', { userId: person.userId, role: 'STOCK_CLERK', storeId: own.storeId }, own.token)
    await mutate(
      identity,
      'revokeRole',
      { userId: person.userId, role: 'STOCK_CLERK', storeId: own.storeId },
      own.token,
    )
    const actions = async (filter: object) => (await trail(filter, own.token)).nodes.map(({ action }) => action)
    expect(await actions({ action: 'user.role.' })).toEqual(['user.role.revoked', 'user.role.granted'])
    expect(await actions({ subject: 'USER', subjectId: person.userId })).toEqual([
      'user.role.revoked',
      'user.role.granted',
      'user.created',
    ])
    expect(await actions({ subject: 'USER', from: new Date(before.getTime() + 1).toISOString() })).toEqual([
      'user.role.revoked',
      'user.role.granted',
    ])
    expect(await actions({ subject: 'USER', until: new Date(before.getTime() + 1).toISOString() })).toEqual([
      'user.created',
    ])
    expect(await actions({ storeId: own.storeId, subject: 'STORE' })).toEqual(['store.created'])
    expect(await actions({ actorId: person.userId })).toEqual(['session.started'])
    expect(await actions({ subjectId: 'nonsense' })).toEqual([])
    expect(await actions({ action: '%' })).toEqual([])
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: Trail = await trail({}, own.token, { first: 2, after })
      seen.push(...page.nodes.map(({ action }) => action))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after !== null)
    expect(seen).toEqual(await actions({}))
    expect(seen.length).toBeGreaterThan(5)
  })

  test('shows a manager of one store what belongs to that store, and a cashier nothing', async () => {
    const own = await signUp(identity)
    const kiosk = await newStore(identity, own, 'Kiosk')
    const manager = await hire(identity, own, 'manager', [{ role: 'MANAGER', storeId: kiosk }])
    const cashier = await hire(identity, own, 'cashier', [{ role: 'CASHIER', storeId: kiosk }])
    const { nodes } = await trail({}, manager.token)
    expect(nodes.length).toBeGreaterThan(1)
    expect(new Set(nodes.map(({ storeId }) => storeId))).toEqual(new Set([kiosk]))
    const answer = await identity.ask(AUDIT, {}, { token: cashier.token })
    expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  })

  test('is only ever added to, by the service and by the owner of the tables alike', async () => {
    const client = new pg.Client({ connectionString: identity.database.urlOf('identity') })
    await client.connect()
    await client.query("select set_config('tillgraph.tenant', $1, false)", [shop.tenantId])
    for (const statement of ["update audit_entry set action = 'x'", 'delete from audit_entry', 'truncate audit_entry'])
      await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    await client.end()
    for (const statement of [
      "update identity.audit_entry set action = 'x'",
      'delete from identity.audit_entry',
      'truncate identity.audit_entry',
    ])
      await expect(identity.look(statement), statement).rejects.toThrow('only ever added to')
  })
})

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

  test('are not whoever says so: people may not ask for them, and not every service may', async () => {
    const text = `{ storesById(ids: ["${shop.storeId}"]) { id } }`
    expect((await identity.ask(text, {}, { token: shop.token })).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    const tills = `{ registersById(ids: ["${shop.storeId}"]) { id } }`
    expect(
      (await identity.ask(tills, {}, await identity.asService('catalog', shop.tenantId))).errors?.[0]?.extensions?.code,
    ).toBe('FORBIDDEN')
  })
})
