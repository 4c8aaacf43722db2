import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hire, mutate, newStore, PASSWORD, signUp, type TestShop } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

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
