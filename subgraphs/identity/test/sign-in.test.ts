import { randomUUID } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  codeOf,
  hire,
  mutate,
  mutateById,
  PASSWORD,
  REFRESH,
  SIGN_IN,
  SIGN_UP,
  type SignInAnswer,
  signIn,
  signInInput,
  signUp,
  signUpInput,
  type TestShop,
} from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const ME = `{ me { id userName email displayName tenant { slug } permissions limits { maximumDiscount refund }
  roles { role store { id } } session { isCurrent device } register { id } } }`

let identity: IdentityUnderTest
let shop: TestShop

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
})

afterAll(() => identity?.stop())

describe('signing up', () => {
  test('makes a business, its first store and its owner, who is signed in', async () => {
    const me = await identity.first<Record<string, unknown>>(ME, {}, { token: shop.token })
    expect(me).toMatchObject({
      id: shop.ownerId,
      userName: 'Olga',
      tenant: { slug: shop.slug },
      roles: [{ role: 'OWNER', store: null }],
      limits: { maximumDiscount: '1', refund: 'ANY' },
      session: { isCurrent: true, device: 'Back office' },
      register: null,
    })
    expect(me.permissions).toContain('identity.partner.write')
    const [store] = await identity.look(
      'select currency, time_zone, day_end_minutes from identity.store where id = $1',
      [shop.storeId],
    )
    expect(store).toEqual({ currency: 'CHF', time_zone: 'Europe/Zurich', day_end_minutes: 240 })
  })

  test('the access token says who, where and how, and nothing more', async () => {
    const { kid, ...header } = decodeProtectedHeader(shop.token)
    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt' })
    const { keys } = JSON.parse((await identity.get('/.well-known/jwks.json')).body.toString())
    expect(keys.map((key: { kid: string }) => key.kid)).toContain(kid)
    const { iat, exp, sid, ...claims } = decodeJwt(shop.token)
    expect((exp ?? 0) - (iat ?? 0)).toBe(600)
    expect(claims).toEqual({
      iss: 'https://identity.test',
      aud: 'tillgraph-test',
      sub: shop.ownerId,
      tid: shop.tenantId,
      knd: 'person',
      grants: [['OWNER', null]],
    })
    expect(sid).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('a short name that is taken is refused', async () => {
    const answer = await identity.first<{ __typename: string }>(SIGN_UP, { input: signUpInput(shop.slug) })
    expect(answer.__typename).toBe('SlugTaken')
  })

  test('asked again after a lost answer, it signs in to the same business; with another content it is refused', async () => {
    const input = { ...signUpInput(), id: randomUUID() }
    type Answer = {
      __typename: string
      tenant: { id: string }
      store: { id: string }
      tokens: { refreshToken: string }
    }
    const once = await identity.first<Answer>(SIGN_UP, { input })
    const again = await identity.first<Answer>(SIGN_UP, { input })
    expect(again.__typename).toBe('SignUpSuccess')
    expect([again.tenant.id, again.store.id]).toEqual([once.tenant.id, once.store.id])
    expect(again.tokens.refreshToken).not.toBe(once.tokens.refreshToken)
    const other = await identity.first<Answer>(SIGN_UP, { input: { ...input, name: 'Another' } })
    expect(other.__typename).toBe('AlreadyUsedDifferently')
    const stolen = { ...input, owner: { ...input.owner, password: 'not the password at all' } }
    expect((await identity.first<Answer>(SIGN_UP, { input: stolen })).__typename).toBe('AlreadyUsedDifferently')
  })

  test.each([
    ['slug', { slug: 'Not A Slug' }],
    ['slug', { slug: 'ab' }],
    ['name', { name: '' }],
    ['country', { country: 'ZZ' }],
    ['id', { id: 'not-a-uuid' }],
    ['store.timeZone', { store: { name: 'S', timeZone: 'Mars/Base' } }],
    ['store.dayEndsAt', { store: { name: 'S', timeZone: 'UTC', dayEndsAt: '25:00' } }],
    ['device.id', { device: { id: 'short', name: 'D' } }],
  ])('a wrong %s is named', async (field, change) => {
    const answer = await identity.first(SIGN_UP, { input: { ...signUpInput(), ...change } })
    expect(answer).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', field })
  })

  test.each([
    ['too short', 'short one'],
    ['too long', 'x y'.repeat(70)],
    ['one of the commonest', 'Password12345'],
    ['one of the commonest, with accents and capitals', 'QwertyUIOP'],
    ['of two letters only', 'abababababab'],
    ['the e-mail', 'olga@somewhere-nice.example'],
  ])('a password that is %s is refused', async (_, password) => {
    const input = signUpInput('somewhere-nice')
    const answer = await identity.first(SIGN_UP, { input: { ...input, owner: { ...input.owner, password } } })
    expect(answer).toMatchObject({ __typename: 'InvalidInput', field: 'owner.password' })
  })
})

describe('signing in', () => {
  test.each([
    ['the user name', () => 'Olga'],
    ['the user name in another case', () => 'oLGA'],
    ['the e-mail', () => `olga@${shop.slug}.example`],
  ])('works with %s', async (_, login) => {
    const { userId } = await signIn(identity, shop.slug, login())
    expect(userId).toBe(shop.ownerId)
  })

  test('what does not fit gets one and the same answer: business, name, password, or somebody sent away', async () => {
    const gone = await hire(identity, shop, 'gone', [{ role: 'CASHIER' }])
    await mutateById(identity, 'deactivateUser', gone.userId, shop.token)
    const attempts = [
      signInInput('no-such-business', 'Olga'),
      signInInput(shop.slug, 'nobody'),
      signInInput(shop.slug, 'Olga', 'not her password'),
      signInInput(shop.slug, 'gone'),
      signInInput('../%00', 'Olga'),
      signInInput(shop.slug, '\u0000'),
      { ...signInInput(shop.slug, 'Olga'), registerProof: 'not.a.proof' },
    ]
    const answers = await Promise.all(attempts.map(input => identity.ask(SIGN_IN, { input })))
    expect(answers[0]?.data).toMatchObject({ signIn: { __typename: 'WrongCredentials' } })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  test('a person of one business is nobody in another', async () => {
    const other = await signUp(identity)
    await hire(identity, other, 'only-there', [{ role: 'CASHIER' }])
    const answer = await identity.first<SignInAnswer>(SIGN_IN, { input: signInInput(shop.slug, 'only-there') })
    expect(answer.__typename).toBe('WrongCredentials')
  })
})

describe('a sign-in', () => {
  test('ends with its tokens when signed out', async () => {
    const { token, refreshToken, deviceId } = await signIn(identity, shop.slug, 'olga')
    expect(await identity.first('mutation { signOut { endedSessions } }', {}, { token })).toEqual({ endedSessions: 1 })
    await new Promise(resolve => setImmediate(resolve))
    expect(codeOf(await identity.ask('{ me { id } }', {}, { token }))).toBe('UNAUTHENTICATED')
    expect(await identity.first(REFRESH, { input: { refreshToken, deviceId } })).toMatchObject({
      __typename: 'SignInAgain',
    })
  })

  test('is listed among one’s own, and can be ended from another; that of somebody else is not there', async () => {
    const lost = await signIn(identity, shop.slug, 'olga')
    const here = await signIn(identity, shop.slug, 'olga')
    const clerk = await hire(identity, shop, 'list-clerk', [{ role: 'STOCK_CLERK' }])
    const list = await identity.first<{ nodes: { id: string; isCurrent: boolean }[] }>(
      '{ sessions(first: 2) { nodes { id isCurrent device createdAt lastUsedAt expiresAt } pageInfo { hasNextPage endCursor } } }',
      {},
      { token: here.token },
    )
    expect(list.nodes.map(({ id, isCurrent }) => [id, isCurrent])).toEqual([
      [here.sessionId, true],
      [lost.sessionId, false],
    ])
    const foreign = await mutateById(identity, 'endSession', lost.sessionId, clerk.token)
    const unknown = await mutateById(identity, 'endSession', randomUUID(), clerk.token)
    expect(foreign).toEqual(unknown)
    const ended = await mutateById(
      identity,
      'endSession',
      lost.sessionId,
      here.token,
      '... on EndSessionSuccess { session { id } }',
    )
    expect(ended).toMatchObject({ __typename: 'EndSessionSuccess', session: { id: lost.sessionId } })
    await new Promise(resolve => setImmediate(resolve))
    expect(codeOf(await identity.ask('{ me { id } }', {}, { token: lost.token }))).toBe('UNAUTHENTICATED')
  })

  test('ends everywhere at once', async () => {
    const person = await hire(identity, shop, 'everywhere', [{ role: 'CASHIER' }])
    const second = await signIn(identity, shop.slug, 'everywhere')
    const answer = await identity.first('mutation { signOutEverywhere { endedSessions } }', {}, { token: person.token })
    expect(answer).toEqual({ endedSessions: 2 })
    const { refreshToken, deviceId } = second
    expect(await identity.first(REFRESH, { input: { refreshToken, deviceId } })).toMatchObject({
      code: 'SIGN_IN_AGAIN',
    })
  })

  test('tells others by an event, and a process that was away finds out', async () => {
    const { token, sessionId } = await signIn(identity, shop.slug, 'olga')
    await identity.first('mutation { signOut { endedSessions } }', {}, { token })
    const events = await identity.look<{ payload: Record<string, unknown> }>(
      "select payload from identity.outbox where name = 'identity.session.ended.v1' and aggregate_id = $1",
      [sessionId],
    )
    expect(events).toMatchObject([{ payload: { sessionId, userId: shop.ownerId, reason: 'SIGNED_OUT' } }])
    const { sessions } = JSON.parse((await identity.get('/.well-known/ended-sessions')).body.toString())
    expect(sessions).toContain(sessionId)
  })
})

describe('a password', () => {
  test('is changed by whoever knows it, and all other sign-ins end', async () => {
    const person = await hire(identity, shop, 'changer', [{ role: 'CASHIER' }])
    const other = await signIn(identity, shop.slug, 'changer')
    const changed = await mutate(
      identity,
      'changePassword',
      { currentPassword: PASSWORD, newPassword: 'pepper and a pinch of sugar' },
      person.token,
      '... on ChangePasswordSuccess { endedSessions }',
    )
    expect(changed).toEqual({ __typename: 'ChangePasswordSuccess', endedSessions: 1 })
    const { refreshToken, deviceId } = other
    expect(await identity.first(REFRESH, { input: { refreshToken, deviceId } })).toMatchObject({
      code: 'SIGN_IN_AGAIN',
    })
    expect(await identity.first('{ me { userName } }', {}, { token: person.token })).toEqual({ userName: 'changer' })
    await expect(signIn(identity, shop.slug, 'changer')).rejects.toThrow('WrongCredentials')
    await signIn(identity, shop.slug, 'changer', 'pepper and a pinch of sugar')
  })

  test.each([
    [
      'somebody who does not know the old one',
      { currentPassword: 'no idea', newPassword: 'a good new password' },
      'WrongCredentials',
    ],
    ['the same again', { currentPassword: PASSWORD, newPassword: PASSWORD }, 'InvalidInput'],
    ['a weak one', { currentPassword: PASSWORD, newPassword: 'iloveyou123' }, 'InvalidInput'],
  ])('is not changed for %s', async (_, input, expected) => {
    const { token } = await signIn(identity, shop.slug, 'olga')
    expect((await mutate(identity, 'changePassword', input, token)).__typename).toBe(expected)
  })

  test('is nowhere to be found as it is', async () => {
    const rows = await identity.look<{ found: string }>(
      `select table_name as found from information_schema.tables where table_schema = 'identity' and table_type = 'BASE TABLE'
       and (xpath('/table/row', query_to_xml(format('select * from identity.%I', table_name), true, false, '')))::text like '%' || $1 || '%'`,
      [PASSWORD],
    )
    expect(rows).toEqual([])
  })
})

describe('sign-ins', () => {
  test('beyond a hundred of one person, the oldest end', async () => {
    const person = await hire(identity, shop, 'many', [{ role: 'CASHIER' }])
    await identity.look(
      `insert into identity.session (tenant_id, id, user_id, device_name, device_hash, created_at, last_used_at, expires_at)
       select s.tenant_id, gen_random_uuid(), s.user_id, 'old', s.device_hash, s.created_at + n * interval '1 second', s.last_used_at, s.expires_at
       from identity.session s, generate_series(1, 99) n where s.id = $1`,
      [person.sessionId],
    )
    identity.clock.advance(3_600_000)
    await signIn(identity, shop.slug, 'many')
    const [first] = await identity.look('select end_reason from identity.session where id = $1', [person.sessionId])
    expect(first).toEqual({ end_reason: 'REVOKED' })
    const live = await identity.look('select 1 from identity.session where user_id = $1 and ended_at is null', [
      person.userId,
    ])
    expect(live).toHaveLength(100)
  })
})
