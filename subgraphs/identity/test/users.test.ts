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

describe('a new person', () => {
  test('has the roles that were given, each once', async () => {
    const roles = [
      { role: 'CASHIER', storeId: airport },
      { role: 'STOCK_CLERK' },
      { role: 'STOCK_CLERK', storeId: null },
    ]
    const { user } = await create('Two.Hats', roles, shop.token, { email: 'Hats@shop.example' })
    expect(user).toMatchObject({ userName: 'Two.Hats', email: 'Hats@shop.example', isActive: true, version: 1 })
    expect(user.roles).toEqual([
      { role: 'CASHIER', store: { id: airport } },
      { role: 'STOCK_CLERK', store: null },
    ])
    const { token } = await signIn(identity, shop.slug, 'hats@SHOP.example')
    expect(decodeJwt(token).grants).toEqual([
      ['CASHIER', airport],
      ['STOCK_CLERK', null],
    ])
  })

  test('is made once for one id, however often it is asked for, and another under it is refused', async () => {
    const id = randomUUID()
    const [one, two] = [
      await create('once', [{ role: 'COURIER' }], shop.token, { id }),
      await create('once', [{ role: 'COURIER' }], shop.token, { id }),
    ]
    expect([one.user.id, two.user.id]).toEqual([id, id])
    expect((await create('twice', [{ role: 'COURIER' }], shop.token, { id })).__typename).toBe('AlreadyUsedDifferently')
  })

  test.each([
    ['a user name in another case', { userName: 'CASHIER' }, 'UserNameTaken'],
    ['an e-mail in another case', { userName: 'free', email: 'OLGA@' }, 'EmailTaken'],
  ])('cannot have %s of somebody else', async (_, input, expected) => {
    const email = 'email' in input ? { email: `${input.email}${shop.slug}.example` } : {}
    expect((await create(input.userName, [{ role: 'COURIER' }], shop.token, email)).__typename).toBe(expected)
  })

  test('may have the user name of somebody in another business', async () => {
    const other = await signUp(identity)
    expect((await hire(identity, other, 'cashier', [{ role: 'CASHIER' }])).userId).not.toBe(cashier.userId)
  })

  test.each([
    ['userName', { userName: 'a@b' }],
    ['userName', { userName: '' }],
    ['email', { email: 'nothing' }],
    ['displayName', { displayName: '   ' }],
    ['password', { password: 'cashier-x' }],
    ['roles', { roles: [] }],
    ['roles', { roles: [{ role: 'OWNER', storeId: '0191d7a0-0000-7000-8000-000000000001' }] }],
    ['id', { id: 'ABC' }],
  ])('with a wrong %s is refused', async (field, change) => {
    const input = {
      userName: 'wrong',
      displayName: 'Wrong',
      password: PASSWORD,
      roles: [{ role: 'CASHIER' }],
      ...change,
    }
    const answer = await identity.first(CREATE_USER, { input }, { token: shop.token })
    expect(answer).toMatchObject({ __typename: 'InvalidInput', field })
  })

  test('in a store that is not there is not found', async () => {
    expect((await create('lost', [{ role: 'CASHIER', storeId: randomUUID() }])).__typename).toBe('NotFound')
  })
})

describe('a person who is sent away', () => {
  test('is signed out at once and signs in no more, until they are let in again', async () => {
    const person = await hire(identity, shop, 'leaver', [{ role: 'CASHIER' }])
    const success = `... on ChangeUserSuccess ${USER}`
    const gone = await mutateById<Member>(identity, 'deactivateUser', person.userId, shop.token, success)
    expect(gone.user.isActive).toBe(false)
    await new Promise(resolve => setImmediate(resolve))
    expect(codeOf(await identity.ask('{ me { id } }', {}, { token: person.token }))).toBe('UNAUTHENTICATED')
    const { refreshToken, deviceId } = person
    expect(await identity.first(REFRESH, { input: { refreshToken, deviceId } })).toMatchObject({
      code: 'SIGN_IN_AGAIN',
    })
    await expect(signIn(identity, shop.slug, 'leaver')).rejects.toThrow('WrongCredentials')
    const events = await identity.look<{ name: string }>(
      "select name from identity.outbox where payload->>'userId' = $1 order by name",
      [person.userId],
    )
    expect(events.map(({ name }) => name)).toEqual(['identity.session.ended.v1', 'identity.user.deactivated.v1'])
    await mutateById(identity, 'activateUser', person.userId, shop.token)
    await signIn(identity, shop.slug, 'leaver')
  })
})

describe('a person is changed', () => {
  test('in part, and null takes a value away', async () => {
    const made = await create('patched', [{ role: 'CASHIER' }], shop.token, { email: 'patched@shop.example' })
    const success = `... on UpdateUserSuccess ${USER}`
    const renamed = await mutate<Member>(
      identity,
      'updateUser',
      { id: made.user.id, displayName: 'Pat' },
      shop.token,
      success,
    )
    expect(renamed.user).toMatchObject({ displayName: 'Pat', email: 'patched@shop.example', version: 2 })
    const bare = await mutate<Member>(identity, 'updateUser', { id: made.user.id, email: null }, shop.token, success)
    expect(bare.user).toMatchObject({ email: null, version: 3 })
    const late = await mutate(identity, 'updateUser', { id: made.user.id, displayName: 'Late', version: 2 }, shop.token)
    expect(late.__typename).toBe('ChangedMeanwhile')
    expect((await mutate(identity, 'updateUser', { id: made.user.id, userName: 'cashier' }, shop.token)).code).toBe(
      'USER_NAME_TAKEN',
    )
  })

  test('by a new password, which ends their sign-ins', async () => {
    const person = await hire(identity, shop, 'forgetful', [{ role: 'CASHIER' }])
    const input = { userId: person.userId, newPassword: 'written on a yellow note' }
    const answer = await mutate(
      identity,
      'resetPassword',
      input,
      manager.token,
      '... on ResetPasswordSuccess { endedSessions }',
    )
    expect(answer).toEqual({ __typename: 'ResetPasswordSuccess', endedSessions: 1 })
    await signIn(identity, shop.slug, 'forgetful', 'written on a yellow note')
    const weak = await mutate(identity, 'resetPassword', { userId: person.userId, newPassword: 'weak' }, manager.token)
    expect(weak).toMatchObject({ code: 'INVALID_INPUT', field: 'newPassword' })
  })
})

describe('people are listed', () => {
  const names = async (token: string, filter: object = {}) => {
    const text = 'query ($filter: UserFilter) { users(filter: $filter, first: 100) { nodes { userName } } }'
    const { nodes } = await identity.first<{ nodes: { userName: string }[] }>(text, { filter }, { token })
    return nodes.map(({ userName }) => userName)
  }

  test('by part of a name, by role, by store and by whether they work here', async () => {
    const hunt = await signUp(identity)
    const kiosk = await newStore(identity, hunt, 'Kiosk')
    await hire(identity, hunt, 'zoe', [{ role: 'CASHIER', storeId: kiosk }])
    const away = await hire(identity, hunt, 'yann', [{ role: 'COURIER', storeId: hunt.storeId }])
    await mutateById(identity, 'deactivateUser', away.userId, hunt.token)
    expect(await names(hunt.token)).toEqual(['Olga', 'yann', 'zoe'])
    expect(await names(hunt.token, { search: 'owner' })).toEqual(['Olga'])
    expect(await names(hunt.token, { search: 'ZO' })).toEqual(['zoe'])
    expect(await names(hunt.token, { search: '%' })).toEqual([])
    expect(await names(hunt.token, { role: 'COURIER' })).toEqual(['yann'])
    expect(await names(hunt.token, { storeId: kiosk })).toEqual(['Olga', 'zoe'])
    expect(await names(hunt.token, { storeId: 'nonsense' })).toEqual([])
    expect(await names(hunt.token, { isActive: false })).toEqual(['yann'])
  })

  test('page by page, without one missing or twice', async () => {
    const { token } = await signUp(identity)
    for (let number = 0; number < 5; number++) await create(`page-${number}`, [{ role: 'COURIER' }], token)
    const text =
      'query ($after: String) { users(first: 2, after: $after) { nodes { userName } pageInfo { hasNextPage endCursor } } }'
    const seen: string[] = []
    let after: string | null = null
    for (let pages = 0; pages < 10; pages++) {
      const page: { nodes: { userName: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } =
        await identity.first(text, { after }, { token })
      seen.push(...page.nodes.map(({ userName }) => userName))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(seen).toEqual(['Olga', 'page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
  })

  test('for a manager of one store: who works there, and nobody else', async () => {
    const listed = await names(airportManager.token)
    expect(listed).toContain('airport-manager')
    expect(listed).toContain('Olga')
    expect(listed).not.toContain('cashier')
    const text = 'query ($id: ID!) { user(id: $id) { userName } }'
    expect(await identity.first(text, { id: cashier.userId }, { token: airportManager.token })).toBeNull()
    const foreign = await mutate(identity, 'updateUser', { id: cashier.userId, displayName: 'X' }, airportManager.token)
    expect(foreign).toEqual(
      await mutate(identity, 'updateUser', { id: randomUUID(), displayName: 'X' }, airportManager.token),
    )
  })

  test('never for a cashier, who still sees who they are', async () => {
    expect(codeOf(await identity.ask('{ users { nodes { id } } }', {}, { token: cashier.token }))).toBe('FORBIDDEN')
    const me = await identity.first(
      '{ me { userName email roles { role store { name } } permissions } }',
      {},
      { token: cashier.token },
    )
    expect(me).toMatchObject({ userName: 'cashier', roles: [{ role: 'CASHIER', store: { name: 'Main street' } }] })
  })

  test('a forged cursor is a bad request, not a failure', async () => {
    const forged = Buffer.from(JSON.stringify(['users by name', 'a', 'not an id'])).toString('base64url')
    const answer = await identity.ask(
      'query ($after: String) { users(after: $after) { nodes { id } } }',
      { after: forged },
      { token: shop.token },
    )
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
  })
})
