import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  codeOf,
  hire,
  mutate,
  mutateById,
  newStore,
  PROBLEM,
  REFRESH,
  SIGN_IN,
  type SignedInUser,
  type SignInAnswer,
  signIn,
  signInInput,
  signUp,
  type TestShop,
} from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const REGISTER = '{ register { id name state version store { id } keys { id publicKey enrolledAt revokedAt } } }'
const ENROL = `mutation ($input: EnrolRegisterInput!) { enrolRegister(input: $input) { ${PROBLEM}
  ... on EnrolRegisterSuccess { registerId registerName storeId storeName tenantId keyId } } }`

interface RegisterAnswer {
  __typename: string
  code?: string
  register: {
    id: string
    name: string
    state: string
    version: number
    keys: { id: string; publicKey: string; enrolledAt: string; revokedAt: string | null }[]
  }
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

const createRegister = (input: object, token = shop.token) =>
  mutate<RegisterAnswer>(
    identity,
    'createRegister',
    { storeId: shop.storeId, ...input },
    token,
    `... on CreateRegisterSuccess ${REGISTER}`,
  )

describe('a till', () => {
  // the clock moves from test to test, and tokens run out
  beforeEach(async () => {
    shop = { ...shop, token: (await signIn(identity, shop.slug, 'olga')).token }
    manager = await signIn(identity, shop.slug, 'manager')
    cashier = await signIn(identity, shop.slug, 'cashier')
  })

  /** What a device does that becomes a till. */
  async function device() {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const prove = (
      claims: Record<string, unknown>,
      typ = 'register-enrolment+jwt',
      audience = 'tillgraph:enrolment',
    ) => {
      const now = Math.floor(identity.clock.now().getTime() / 1000)
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', typ })
        .setAudience(audience)
        .setIssuedAt(now)
        .sign(privateKey)
    }
    return { jwk: jwk as JWK & { x: string }, prove }
  }

  const codeFor = async (registerId: string, token = shop.token) => {
    const success = '... on CreateEnrolmentCodeSuccess { code expiresAt }'
    const answer = await mutateById<{ code: string; __typename: string }>(
      identity,
      'createEnrolmentCode',
      registerId,
      token,
      success,
    )
    return answer.code
  }

  const enrol = (input: object) =>
    identity.first<{ __typename: string; keyId: string; registerId: string }>(ENROL, {
      input: { tenant: shop.slug, ...input },
    })

  async function enrolled(name: string) {
    const { register } = await createRegister({ name })
    const code = await codeFor(register.id)
    const it = await device()
    const proof = await it.prove({ code: code.replaceAll('-', '') })
    const answer = await enrol({ code, publicKey: it.jwk.x, proof })
    return { registerId: register.id, it, answer }
  }

  test('is new until a device becomes it, which proves that it holds the key', async () => {
    const { registerId, it, answer } = await enrolled('Counter 1')
    expect(answer).toMatchObject({
      __typename: 'EnrolRegisterSuccess',
      registerId,
      registerName: 'Counter 1',
      storeId: shop.storeId,
      storeName: 'Main street',
      tenantId: shop.tenantId,
      keyId: await calculateJwkThumbprint(it.jwk),
    })
    const text = `query ($id: ID!) { register(id: $id) { state keys { id publicKey revokedAt } } }`
    expect(await identity.first(text, { id: registerId }, { token: cashier.token })).toEqual({
      state: 'ENROLLED',
      keys: [{ id: answer.keyId, publicKey: it.jwk.x, revokedAt: null }],
    })
  })

  test('takes a code once, as it is typed, and not after a quarter of an hour', async () => {
    const { register } = await createRegister({ name: 'Counter 2' })
    const old = await codeFor(register.id)
    const code = await codeFor(register.id)
    const it = await device()
    const attempt = async (given: string, other = it) =>
      (
        await enrol({
          code: given.toLowerCase(),
          publicKey: other.jwk.x,
          proof: await other.prove({ code: given.replaceAll('-', '') }),
        })
      ).__typename
    expect(await attempt(old)).toBe('EnrolmentRefused')
    const several = await Promise.all(Array.from({ length: 5 }, async () => attempt(code, await device())))
    expect(several.filter(answer => answer === 'EnrolRegisterSuccess')).toHaveLength(1)
    expect(await attempt(code)).toBe('EnrolmentRefused')
    const late = await codeFor(register.id)
    identity.clock.advance(900_000)
    expect(await attempt(late)).toBe('EnrolmentRefused')
  })

  test('takes nothing but a proof that was made now, with that key, for that code', async () => {
    const { register } = await createRegister({ name: 'Counter 3' })
    const code = await codeFor(register.id)
    const bare = code.replaceAll('-', '')
    const [it, thief] = [await device(), await device()]
    const proofs = {
      'of another key': await thief.prove({ code: bare }),
      'for another code': await it.prove({ code: '0000000000000000' }),
      'of another kind': await it.prove({ code: bare }, 'register-proof+jwt'),
      'for another audience': await it.prove({ code: bare }, 'register-enrolment+jwt', 'tillgraph:sign-in'),
      'that is none': 'nonsense',
    }
    for (const [what, proof] of Object.entries(proofs))
      expect((await enrol({ code, publicKey: it.jwk.x, proof })).__typename, what).toBe('EnrolmentRefused')
    const stale = await it.prove({ code: bare })
    expect((await enrol({ code, publicKey: it.jwk.x, proof: stale, tenant: 'nowhere' })).__typename).toBe(
      'EnrolmentRefused',
    )
    expect(await enrol({ code, publicKey: 'short', proof: stale })).toMatchObject({ field: 'publicKey' })
    expect(await enrol({ code: 'UUUU', publicKey: it.jwk.x, proof: stale })).toMatchObject({ field: 'code' })
    // none of all that used the code up
    expect((await enrol({ code, publicKey: it.jwk.x, proof: stale })).__typename).toBe('EnrolRegisterSuccess')
  })

  test('that is enrolled anew keeps the old key for what it signed, and one key is one till', async () => {
    const { registerId, it } = await enrolled('Counter 4')
    const again = await codeFor(registerId)
    const reused = await enrol({
      code: again,
      publicKey: it.jwk.x,
      proof: await it.prove({ code: again.replaceAll('-', '') }),
    })
    expect(reused.__typename).toBe('EnrolmentRefused')
    const code = await codeFor(registerId)
    identity.clock.advance(1_000)
    const other = await device()
    await enrol({ code, publicKey: other.jwk.x, proof: await other.prove({ code: code.replaceAll('-', '') }) })
    const text = 'query ($id: ID!) { register(id: $id) { state keys { publicKey revokedAt } } }'
    const { keys } = await identity.first<{ keys: { publicKey: string; revokedAt: string | null }[] }>(
      text,
      { id: registerId },
      { token: shop.token },
    )
    expect(keys.map(key => [key.publicKey, key.revokedAt === null])).toEqual([
      [other.jwk.x, true],
      [it.jwk.x, false],
    ])
  })

  test('signs people in as being at it, and signs them out when it is revoked; what it signed before stays good', async () => {
    const { registerId, it } = await enrolled('Counter 5')
    const proof = await it.prove({ sub: registerId }, 'register-proof+jwt', 'tillgraph:sign-in')
    const input = { ...signInInput(shop.slug, 'cashier'), registerProof: proof }
    const atTill = await identity.first<SignInAnswer>(SIGN_IN, { input })
    expect(atTill.me.register).toEqual({ id: registerId })
    expect(decodeJwt(atTill.tokens.accessToken).reg).toBe(registerId)
    const next = await identity.first<{ tokens: { accessToken: string; refreshToken: string } }>(REFRESH, {
      input: { refreshToken: atTill.tokens.refreshToken, deviceId: input.device.id },
    })
    expect(decodeJwt(next.tokens.accessToken).reg).toBe(registerId)

    identity.clock.advance(1_000)
    const revoked = await mutateById<RegisterAnswer>(
      identity,
      'revokeRegister',
      registerId,
      shop.token,
      `... on RevokeRegisterSuccess ${REGISTER}`,
    )
    expect(revoked.register.state).toBe('REVOKED')
    expect(revoked.register.keys[0]?.revokedAt).toBe(identity.clock.now().toISOString())
    await new Promise(resolve => setImmediate(resolve))
    expect(codeOf(await identity.ask('{ me { id } }', {}, { token: next.tokens.accessToken }))).toBe('UNAUTHENTICATED')
    const late = {
      ...signInInput(shop.slug, 'cashier'),
      registerProof: await it.prove({ sub: registerId }, 'register-proof+jwt', 'tillgraph:sign-in'),
    }
    expect((await identity.first<SignInAnswer>(SIGN_IN, { input: late })).__typename).toBe('WrongCredentials')
    const events = await identity.look<{ payload: object }>(
      "select payload from identity.outbox where name = 'identity.register.revoked.v1' and aggregate_id = $1",
      [registerId],
    )
    expect(events).toEqual([
      { payload: { registerId, storeId: shop.storeId, revokedAt: revoked.register.keys[0]?.revokedAt } },
    ])
    const again = await mutateById<RegisterAnswer>(
      identity,
      'revokeRegister',
      registerId,
      shop.token,
      `... on RevokeRegisterSuccess ${REGISTER}`,
    )
    expect(again.register).toEqual(revoked.register)
  })

  test('has a name of its own in its store, and is renamed', async () => {
    const { register } = await createRegister({ name: 'Bar' })
    expect((await createRegister({ name: 'BAR' })).code).toBe('NAME_TAKEN')
    const renamed = await mutate<RegisterAnswer>(
      identity,
      'renameRegister',
      { id: register.id, name: 'Bar 2', version: 1 },
      manager.token,
      `... on RenameRegisterSuccess ${REGISTER}`,
    )
    expect(renamed.register).toMatchObject({ name: 'Bar 2', version: 2 })
    expect(
      (await mutate(identity, 'renameRegister', { id: register.id, name: 'Bar 3', version: 1 }, manager.token)).code,
    ).toBe('CHANGED_MEANWHILE')
    expect((await createRegister({ name: 'Nowhere', storeId: randomUUID() })).code).toBe('NOT_FOUND')
  })

  test('of another store is not there for a manager of this one', async () => {
    const elsewhere = await newStore(identity, shop, 'Other side')
    const { register } = await createRegister({ name: 'Far', storeId: elsewhere })
    for (const mutation of ['createEnrolmentCode', 'revokeRegister'])
      expect(await mutateById(identity, mutation, register.id, manager.token)).toEqual(
        await mutateById(identity, mutation, randomUUID(), manager.token),
      )
    const text = 'query ($id: ID!) { register(id: $id) { id } }'
    expect(await identity.first(text, { id: register.id }, { token: manager.token })).toBeNull()
    const list = 'query ($storeId: ID!) { registers(storeId: $storeId) { nodes { name } } }'
    expect(codeOf(await identity.ask(list, { storeId: elsewhere }, { token: manager.token }))).toBe('FORBIDDEN')
    expect(await identity.first(list, { storeId: elsewhere }, { token: shop.token })).toEqual({
      nodes: [{ name: 'Far' }],
    })
    expect(
      codeOf(
        await identity.ask(
          'mutation ($id: ID!) { revokeRegister(id: $id) { __typename } }',
          { id: register.id },
          { token: cashier.token },
        ),
      ),
    ).toBe('FORBIDDEN')
  })

  test('codes are not guessed: after many tries nobody of this business is listened to for a while', async () => {
    const own = await signUp(identity)
    const it = await device()
    let closed = 0
    for (let tries = 0; tries < 60 && closed < 900; tries++) {
      const proof = await it.prove({ code: '0123456789ABCDEF' })
      const text = ENROL.replace(
        '... on EnrolRegisterSuccess',
        '... on TooManyAttempts { retryAfterSeconds } ... on EnrolRegisterSuccess',
      )
      const input = { tenant: own.slug, code: '0123456789ABCDEF', publicKey: it.jwk.x, proof }
      closed = (await identity.first<{ retryAfterSeconds?: number }>(text, { input })).retryAfterSeconds ?? 0
      if (closed > 0 && closed < 900) identity.clock.advance(closed * 1000)
    }
    expect(closed).toBe(900)
  })
})
