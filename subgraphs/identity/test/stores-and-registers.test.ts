import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  hire,
  type IdentityUnderTest,
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
  startIdentity,
  type TestShop,
} from './support.ts'

const STORE = `{ store { id name currency timeZone dayEndsAt receiptHeader receiptFooter taxNumber version
  address { street postalCode city region country } amountCeilings { small { amount currency } large { amount } } } }`
const REGISTER = '{ register { id name state version store { id } keys { id publicKey enrolledAt revokedAt } } }'
const ENROL = `mutation ($input: EnrolRegisterInput!) { enrolRegister(input: $input) { ${PROBLEM}
  ... on EnrolRegisterSuccess { registerId registerName storeId storeName tenantId keyId } } }`

interface StoreAnswer {
  __typename: string
  code?: string
  store: { id: string; version: number } & Record<string, unknown>
}

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

const codeOf = (answer: {
  errors?: readonly { extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined
}) => answer.errors?.[0]?.extensions?.code

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

const createRegister = (input: object, token = shop.token) =>
  mutate<RegisterAnswer>(
    identity,
    'createRegister',
    { storeId: shop.storeId, ...input },
    token,
    `... on CreateRegisterSuccess ${REGISTER}`,
  )

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
