import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CREATE_USER,
  codeOf,
  hire,
  mutate,
  mutateById,
  newStore,
  PASSWORD,
  REFRESH,
  type SignedInUser,
  signIn,
  signUp,
  type TestShop,
} from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const USER = '{ user { id userName email displayName isActive version roles { role store { id } } } }'

interface Member {
  __typename: string
  code?: string
  user: {
    id: string
    userName: string
    email: string | null
    isActive: boolean
    version: number
    roles: { role: string; store: { id: string } | null }[]
  }
}

let identity: IdentityUnderTest
let shop: TestShop
let airport: string
let manager: SignedInUser
let airportManager: SignedInUser
let cashier: SignedInUser

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
  airport = await newStore(identity, shop, 'Airport')
  manager = await hire(identity, shop, 'manager', [{ role: 'MANAGER' }])
  airportManager = await hire(identity, shop, 'airport-manager', [{ role: 'MANAGER', storeId: airport }])
  cashier = await hire(identity, shop, 'cashier', [{ role: 'CASHIER', storeId: shop.storeId }])
})

afterAll(() => identity?.stop())

const create = (userName: string, roles: object[], token = shop.token, more: object = {}) =>
  identity.first<Member>(
    CREATE_USER,
    { input: { userName, displayName: userName, password: PASSWORD, roles, ...more } },
    { token },
  )

describe('nobody is raised by somebody who stands no higher', () => {
  test.each([
    ['a manager', () => manager, 'MANAGER', null],
    ['a manager', () => manager, 'OWNER', null],
    ['a manager of one store', () => airportManager, 'CASHIER', null],
    ['a manager of one store', () => airportManager, 'CASHIER', 'main'],
    ['a manager of one store', () => airportManager, 'MANAGER', 'airport'],
  ])('%s cannot make a %s', async (_, who, role, where) => {
    const storeId = where === 'main' ? shop.storeId : where === 'airport' ? airport : null
    const answer = await create(`no-${randomUUID().slice(0, 8)}`, [{ role, storeId }], who().token)
    expect(answer.__typename).toBe('NotAllowed')
  })

  test('a manager of one store makes a cashier there', async () => {
    const { __typename } = await create('gate-7', [{ role: 'CASHIER', storeId: airport }], airportManager.token)
    expect(__typename).toBe('CreateUserSuccess')
  })

  test('a cashier makes nobody', async () => {
    const input = { userName: 'x-1', displayName: 'X', password: PASSWORD, roles: [{ role: 'CASHIER' }] }
    expect(codeOf(await identity.ask(CREATE_USER, { input }, { token: cashier.token }))).toBe('FORBIDDEN')
  })

  test.each([
    ['change', 'updateUser', (id: string) => ({ id, email: 'mine@shop.example' })],
    [
      'give a new password to',
      'resetPassword',
      (userId: string) => ({ userId, newPassword: 'now it is mine for sure' }),
    ],
    ['give a role to', 'grantRole', (userId: string) => ({ userId, role: 'CASHIER' })],
    ['take the role from', 'revokeRole', (userId: string) => ({ userId, role: 'OWNER' })],
  ])('a manager cannot %s an owner, or another manager', async (_, mutation, inputFor) => {
    const peer = await hire(identity, shop, `peer-${randomUUID().slice(0, 8)}`, [{ role: 'MANAGER' }])
    for (const id of [shop.ownerId, peer.userId, manager.userId])
      expect((await mutate(identity, mutation, inputFor(id), manager.token)).__typename).toBe('NotAllowed')
  })

  test('a manager cannot send an owner away', async () => {
    expect((await mutateById(identity, 'deactivateUser', shop.ownerId, manager.token)).__typename).toBe('NotAllowed')
  })

  test('a manager whose role was taken away gives no more, whatever their token says', async () => {
    const former = await hire(identity, shop, 'former', [{ role: 'MANAGER' }, { role: 'CASHIER' }])
    // as on a process that has not heard of it
    await identity.look("delete from identity.role_grant where user_id = $1 and role = 'MANAGER'", [former.userId])
    expect((await create('too-late', [{ role: 'CASHIER' }], former.token)).__typename).toBe('NotAllowed')
    const gone = await hire(identity, shop, 'gone-manager', [{ role: 'MANAGER' }])
    await identity.look('update identity.user_account set deactivated_at = now() where id = $1', [gone.userId])
    expect((await create('much-too-late', [{ role: 'CASHIER' }], gone.token)).__typename).toBe('NotAllowed')
  })
})

describe('a role', () => {
  test('is given in one store, and counts from the next token on', async () => {
    const person = await hire(identity, shop, 'grower', [{ role: 'CASHIER', storeId: shop.storeId }])
    const input = { userId: person.userId, role: 'STOCK_CLERK', storeId: airport }
    const success = `... on ChangeUserSuccess ${USER}`
    const given = await mutate<Member>(identity, 'grantRole', input, shop.token, success)
    expect(given.user.roles).toHaveLength(2)
    expect((await mutate<Member>(identity, 'grantRole', input, shop.token, success)).user.roles).toHaveLength(2)
    const { refreshToken, deviceId } = person
    const next = await identity.first<{ tokens: { accessToken: string } }>(REFRESH, {
      input: { refreshToken, deviceId },
    })
    expect(decodeJwt(next.tokens.accessToken).grants).toContainEqual(['STOCK_CLERK', airport])
  })

  test('that is taken away is gone at once, and so are the sign-ins', async () => {
    const person = await hire(identity, shop, 'shrinker', [{ role: 'MANAGER' }, { role: 'CASHIER' }])
    const answer = await mutate(identity, 'revokeRole', { userId: person.userId, role: 'MANAGER' }, shop.token)
    expect(answer.__typename).toBe('ChangeUserSuccess')
    await new Promise(resolve => setImmediate(resolve))
    expect(codeOf(await identity.ask('{ me { id } }', {}, { token: person.token }))).toBe('UNAUTHENTICATED')
    const again = await signIn(identity, shop.slug, 'shrinker')
    expect(decodeJwt(again.token).grants).toEqual([['CASHIER', null]])
  })

  test('too many of one person would not fit into a token, and are refused before that', async () => {
    const person = await hire(identity, shop, 'collector', [{ role: 'STOCK_CLERK' }])
    await identity.look(
      `with made as (
         insert into identity.store (tenant_id, id, name, name_key, currency, time_zone, day_end_minutes, receipt_header, receipt_footer, small_ceiling, large_ceiling, created_at)
         select $1, gen_random_uuid(), n::text, 'store ' || n, 'CHF', 'UTC', 0, '', '', 0, 0, now() from generate_series(1, 79) n returning id)
       insert into identity.role_grant (tenant_id, id, user_id, role, store_id, granted_at)
       select $1, gen_random_uuid(), $2, 'STOCK_CLERK', id, now() from made`,
      [shop.tenantId, person.userId],
    )
    const { token } = await signIn(identity, shop.slug, 'collector')
    expect(await identity.first('{ me { userName } }', {}, { token })).toEqual({ userName: 'collector' })
    const more = await mutate(identity, 'grantRole', { userId: person.userId, role: 'CASHIER' }, shop.token)
    expect(more).toMatchObject({ code: 'INVALID_INPUT', field: 'role' })
  })

  test('of the last owner cannot be taken, and the last owner cannot be sent away', async () => {
    const lonely = await signUp(identity)
    const take = (userId: string, token: string) => mutate(identity, 'revokeRole', { userId, role: 'OWNER' }, token)
    expect((await take(lonely.ownerId, lonely.token)).__typename).toBe('LastOwner')
    expect((await mutateById(identity, 'deactivateUser', lonely.ownerId, lonely.token)).__typename).toBe('LastOwner')
  })

  test('is there for somebody at the end, when five owners take it from each other at the same time', async () => {
    const board = await signUp(identity)
    const owners = [{ userId: board.ownerId, token: board.token }]
    for (const name of ['b-2', 'b-3', 'b-4', 'b-5']) owners.push(await hire(identity, board, name, [{ role: 'OWNER' }]))
    const text = 'mutation ($input: RoleInput!) { revokeRole(input: $input) { __typename } }'
    const attempts = owners.flatMap(({ token }) =>
      owners.map(({ userId }) => identity.ask(text, { input: { userId, role: 'OWNER' } }, { token })),
    )
    await Promise.all(attempts)
    const left = await identity.look("select 1 from identity.role_grant where tenant_id = $1 and role = 'OWNER'", [
      board.tenantId,
    ])
    expect(left).toHaveLength(1)
  })
})

test('what roles may do and how far is the table of the rules', async () => {
  const roles = await identity.first<{ role: string; permissions: string[]; grantable: string[]; limits: object }[]>(
    '{ roleDescriptions { role permissions grantable limits { maximumDiscount refund cancel } } }',
    {},
    { token: cashier.token },
  )
  expect(roles.map(({ role }) => role)).toEqual(['OWNER', 'MANAGER', 'CASHIER', 'STOCK_CLERK', 'COURIER'])
  expect(roles[1]?.permissions).not.toContain('identity.partner.write')
  expect(roles[1]?.grantable).toEqual(['CASHIER', 'STOCK_CLERK', 'COURIER'])
  expect(roles[2]?.limits).toEqual({ maximumDiscount: '0.1', refund: 'SMALL', cancel: 'SMALL' })
})

test('what somebody may do depends on the store', async () => {
  const text = 'query ($storeId: ID) { me { permissions(storeId: $storeId) limits(storeId: $storeId) { refund } } }'
  type Me = { permissions: string[]; limits: { refund: string } }
  const there = await identity.first<Me>(text, { storeId: airport }, { token: airportManager.token })
  expect(there.permissions).toContain('identity.user.write')
  expect(there.limits.refund).toBe('LARGE')
  const elsewhere = await identity.first<Me>(text, { storeId: shop.storeId }, { token: airportManager.token })
  expect(elsewhere).toEqual({ permissions: [], limits: { refund: 'NONE' } })
})
