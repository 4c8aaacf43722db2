import { randomUUID } from 'node:crypto'
import { parseOfflinePolicy } from '@tillgraph/rules/offline/policy'
import { calculateJwkThumbprint, compactVerify, createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  codeOf,
  hire,
  mutate,
  mutateById,
  newStore,
  PROBLEM,
  type SignedInUser,
  signIn,
  signUp,
  type TestShop,
} from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const HOUR_MS = 3_600_000
const POLICY = `{ storeId version enabled currency perSaleMax { amount } perDeviceMax { amount } countMax warnAfterHours
  expireAfterHours tenderKinds setBy { id } validUntil signed }`

interface Policy {
  version: number
  enabled: boolean
  perSaleMax: { amount: string }
  perDeviceMax: { amount: string }
  validUntil: string
  signed: string
  tenderKinds: string[]
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

beforeEach(async () => {
  // the clock moves from test to test, and tokens run out
  shop = { ...shop, token: (await signIn(identity, shop.slug, 'olga')).token }
  manager = await signIn(identity, shop.slug, 'manager')
  cashier = await signIn(identity, shop.slug, 'cashier')
})

/** What a device does that has a key of its own. */
async function device() {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const { x = '' } = await exportJWK(publicKey)
  const id = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x })
  const prove = (claims: Record<string, unknown>, typ: string, audience: string) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ })
      .setAudience(audience)
      .setIssuedAt(Math.floor(identity.clock.now().getTime() / 1000))
      .sign(privateKey)
  return { x, id, prove }
}

describe('the offline policy of a store', () => {
  const set = (input: object, token = manager.token, storeId = shop.storeId) =>
    mutate<{ __typename: string; code?: string; field?: string; policy: Policy }>(
      identity,
      'setOfflinePolicy',
      { storeId, ...input },
      token,
      `... on SetOfflinePolicySuccess { policy ${POLICY} }`,
    )
  const read = (token: string, storeId = shop.storeId) =>
    identity.first<{ offlinePolicy: Policy | null } | null>(
      `query ($id: ID!) { store(id: $id) { offlinePolicy ${POLICY} } }`,
      { id: storeId },
      { token },
    )
  const versionOf = async (version: number, storeId = shop.storeId, service = 'orders', tenantId = shop.tenantId) =>
    identity.ask(
      `query ($storeId: ID!, $version: Int!) { offlinePolicyOf(storeId: $storeId, version: $version) ${POLICY} }`,
      { storeId, version },
      await identity.asService(service, tenantId),
    )

  test('is not there until a manager switches it on, with what a store starts with', async () => {
    const storeId = await newStore(identity, shop, 'Kiosk')
    expect(await read(shop.token, storeId)).toEqual({ offlinePolicy: null })
    const { policy } = await set({ enabled: true }, shop.token, storeId)
    expect(policy).toMatchObject({
      ...{ storeId, version: 1, enabled: true, currency: 'CHF', setBy: { id: shop.ownerId } },
      ...{ perSaleMax: { amount: '100.00' }, perDeviceMax: { amount: '5000.00' }, countMax: 500 },
      ...{ warnAfterHours: 24, expireAfterHours: 72, tenderKinds: ['CASH', 'CARD', 'MOBILE'] },
      validUntil: new Date(identity.clock.now().getTime() + 72 * HOUR_MS).toISOString(),
    })
    expect(await read(shop.token, storeId)).toMatchObject({ offlinePolicy: { version: 1 } })
  })

  test('is handed to tills signed, so that they believe nobody else', async () => {
    const { policy } = await set({ enabled: true, perSaleMax: '80', tenderKinds: ['CASH'] })
    const keys = JSON.parse(String((await identity.get('/.well-known/jwks.json')).body))
    const { payload, protectedHeader } = await compactVerify(policy.signed, createLocalJWKSet(keys))
    expect(protectedHeader.typ).toBe('tillgraph-offline-policy')
    expect(parseOfflinePolicy(JSON.parse(new TextDecoder().decode(payload)))).toEqual({
      ...{ tenantId: shop.tenantId, storeId: shop.storeId, version: policy.version, enabled: true, currency: 'CHF' },
      ...{ perSaleMax: '80.00', perDeviceMax: policy.perDeviceMax.amount, countMax: 500 },
      ...{ warnAfterHours: 24, expireAfterHours: 72, tenderKinds: ['CASH'], validUntil: policy.validUntil },
    })
  })

  test('has versions that stay, each good for as long as a sale taken by it may wait', async () => {
    const first = (await set({ enabled: true, perSaleMax: '50', perDeviceMax: '500' })).policy
    identity.clock.advance(HOUR_MS / 6)
    const replaced = identity.clock.now()
    manager = await signIn(identity, shop.slug, 'manager')
    const second = (await set({ enabled: true, perSaleMax: '60' })).policy
    expect(second).toMatchObject({ version: first.version + 1, perDeviceMax: { amount: '500.00' } })
    identity.clock.advance(HOUR_MS)
    const validUntil = new Date(replaced.getTime() + 72 * HOUR_MS).toISOString()
    expect((await versionOf(first.version)).data).toMatchObject({
      offlinePolicyOf: { version: first.version, perSaleMax: { amount: '50.00' }, validUntil },
    })
    expect((await versionOf(second.version)).data).toMatchObject({
      offlinePolicyOf: { validUntil: new Date(identity.clock.now().getTime() + 72 * HOUR_MS).toISOString() },
    })
    expect((await versionOf(second.version + 1)).data).toEqual({ offlinePolicyOf: null })
    const stranger = await signUp(identity)
    const foreign = await versionOf(first.version, shop.storeId, 'orders', stranger.tenantId)
    expect(foreign.data).toEqual({ offlinePolicyOf: null })
    expect(codeOf(await versionOf(first.version, shop.storeId, 'catalog'))).toBe('FORBIDDEN')
  })

  test('that is said again is no new version, and a change that nobody has seen is not overwritten', async () => {
    const { policy } = await set({ enabled: false })
    expect((await set({ enabled: false })).policy.version).toBe(policy.version)
    expect((await set({ enabled: true, version: policy.version - 1 })).code).toBe('CHANGED_MEANWHILE')
    const several = await Promise.all(
      [1, 2, 3].map(countMax => set({ enabled: true, countMax, version: policy.version })),
    )
    expect(several.filter(answer => answer.__typename === 'SetOfflinePolicySuccess')).toHaveLength(1)
  })

  test('keeps within what can be kept to', async () => {
    const fields = [
      { perSaleMax: '-1' },
      { perSaleMax: '1.005' },
      { perSaleMax: '100', perDeviceMax: '99' },
      { countMax: 0 },
      { countMax: 10_001 },
      { expireAfterHours: 721 },
      { warnAfterHours: 73, expireAfterHours: 72 },
      { tenderKinds: [] },
    ]
    for (const one of fields) expect(await set({ enabled: true, ...one })).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('is for a manager of that store to set, for its people to see, and is audited', async () => {
    const text = `mutation ($input: SetOfflinePolicyInput!) { setOfflinePolicy(input: $input) { ${PROBLEM} } }`
    const asked = (token: string, storeId: string) =>
      identity.ask(text, { input: { storeId, enabled: true } }, { token })
    const elsewhere = await newStore(identity, shop, 'Other side')
    expect(codeOf(await asked(cashier.token, shop.storeId))).toBe('FORBIDDEN')
    expect(codeOf(await asked(manager.token, elsewhere))).toBe('FORBIDDEN')
    expect((await set({ enabled: true }, shop.token, randomUUID())).code).toBe('NOT_FOUND')
    const { policy } = await set({ enabled: true, countMax: 77 })
    expect(await read(cashier.token)).toMatchObject({ offlinePolicy: { version: policy.version } })
    const entries = await identity.look<{ actor_id: string; after: Record<string, unknown> }>(
      "select actor_id, after from identity.audit_entry where action = 'store.offline_policy.set' and subject_id = $1 order by id desc limit 1",
      [shop.storeId],
    )
    expect(entries).toMatchObject([{ actor_id: manager.userId, after: { countMax: 77, version: policy.version } }])
  })
})

describe('a key for approvals', () => {
  const KEY = '{ key { id name managerId publicKey revokedAt } }'
  interface KeyAnswer {
    __typename: string
    key: { id: string; managerId: string; revokedAt: string | null }
  }
  const enrol = (input: object, token: string) =>
    mutate<KeyAnswer>(
      identity,
      'enrolApprovalKey',
      { name: 'Phone', ...input },
      token,
      `... on EnrolApprovalKeySuccess ${KEY}`,
    )
  const revoke = (id: string, token: string) =>
    mutateById<KeyAnswer>(identity, 'revokeApprovalKey', id, token, `... on RevokeApprovalKeySuccess ${KEY}`)
  const proofFor = (it: Awaited<ReturnType<typeof device>>, sub: string) =>
    it.prove({ sub }, 'approval-enrolment+jwt', 'tillgraph:approval')

  test("is a manager's own, once it is proved, and others can check what it signs", async () => {
    const it = await device()
    const enrolled = await enrol({ publicKey: it.x, proof: await proofFor(it, manager.userId) }, manager.token)
    expect(enrolled.key).toMatchObject({ id: it.id, managerId: manager.userId, revokedAt: null })
    const elsewhere = await newStore(identity, shop, 'Elsewhere')
    const answer = await identity.ask(
      `query ($ids: [ID!]!, $here: ID!, $there: ID!) { approvalKeysById(ids: $ids) { id publicKey managerId
        here: mayApprove(storeId: $here) there: mayApprove(storeId: $there) } }`,
      { ids: [it.id, 'unknown'], here: shop.storeId, there: elsewhere },
      await identity.asService('orders', shop.tenantId),
    )
    expect(answer.data).toEqual({
      approvalKeysById: [{ id: it.id, publicKey: it.x, managerId: manager.userId, here: true, there: false }],
    })
    const kept = (storeId: string, token: string) =>
      identity.first<{ approvalKeys: object[] }>(
        'query ($id: ID!) { store(id: $id) { approvalKeys { id limits(storeId: $id) { maximumDiscount } } } }',
        { id: storeId },
        { token },
      )
    expect(await kept(shop.storeId, cashier.token)).toEqual({
      approvalKeys: [{ id: it.id, limits: { maximumDiscount: '0.5' } }],
    })
    expect(await kept(elsewhere, shop.token)).toEqual({ approvalKeys: [] })
    expect((await enrol({ publicKey: it.x, proof: await proofFor(it, shop.ownerId) }, shop.token)).__typename).toBe(
      'EnrolmentRefused',
    )
  })

  test('is not given for a proof of somebody else, of another key or of another kind; nor to a cashier', async () => {
    const [it, other] = [await device(), await device()]
    const proofs = [
      await proofFor(it, cashier.userId),
      await proofFor(other, manager.userId),
      await it.prove({ sub: manager.userId }, 'register-proof+jwt', 'tillgraph:approval'),
      await it.prove({ sub: manager.userId }, 'approval-enrolment+jwt', 'tillgraph:sign-in'),
      'nonsense',
    ]
    for (const proof of proofs)
      expect((await enrol({ publicKey: it.x, proof }, manager.token)).__typename).toBe('EnrolmentRefused')
    expect(await enrol({ publicKey: 'short', proof: 'x' }, manager.token)).toMatchObject({ code: 'INVALID_INPUT' })
    const text = `mutation ($input: EnrolApprovalKeyInput!) { enrolApprovalKey(input: $input) { ${PROBLEM} } }`
    const input = { name: 'Mine', publicKey: it.x, proof: await proofFor(it, cashier.userId) }
    expect(codeOf(await identity.ask(text, { input }, { token: cashier.token }))).toBe('FORBIDDEN')
  })

  test('is revoked by its owner or by whoever stands above, once, and is seen by whoever may see people', async () => {
    const it = await device()
    await enrol({ publicKey: it.x, proof: await proofFor(it, manager.userId) }, manager.token)
    const list = (managerId: string | null, token: string) =>
      identity.first<{ id: string }[]>(
        `query ($managerId: ID) { approvalKeys(managerId: $managerId) { id } }`,
        { managerId },
        { token },
      )
    expect((await list(null, manager.token)).map(({ id }) => id)).toContain(it.id)
    expect((await list(manager.userId, shop.token)).map(({ id }) => id)).toContain(it.id)
    expect(await list(manager.userId, cashier.token)).toEqual([])
    const stranger = await signUp(identity)
    expect((await revoke(it.id, stranger.token)).__typename).toBe('NotFound')
    const revoked = await revoke(it.id, shop.token)
    expect(revoked.key.revokedAt).toBe(identity.clock.now().toISOString())
    identity.clock.advance(1_000)
    expect((await revoke(it.id, manager.token)).key.revokedAt).toBe(revoked.key.revokedAt)
    const mine = await device()
    await enrol({ publicKey: mine.x, proof: await proofFor(mine, shop.ownerId) }, shop.token)
    expect((await revoke(mine.id, manager.token)).__typename).toBe('NotFound')
  })
})

describe('a till that holds sales it has not sent', () => {
  async function enrolled(name: string) {
    const made = await mutate<{ register: { id: string } }>(
      identity,
      'createRegister',
      { storeId: shop.storeId, name },
      shop.token,
      '... on CreateRegisterSuccess { register { id } }',
    )
    const registerId = made.register.id
    const it = await become(registerId, (await codeFor(registerId)).code)
    return { registerId, keyId: it.id }
  }

  async function become(registerId: string, code: string) {
    const it = await device()
    const proof = await it.prove({ code: code.replaceAll('-', '') }, 'register-enrolment+jwt', 'tillgraph:enrolment')
    const text = `mutation ($input: EnrolRegisterInput!) { enrolRegister(input: $input) { __typename } }`
    const input = { tenant: shop.slug, code, publicKey: it.x, proof }
    const { __typename } = await identity.first<{ __typename: string }>(text, { input })
    return { ...it, registerId, __typename }
  }

  const codeFor = (registerId: string, how = '') =>
    identity.first<{ __typename: string; code: string }>(
      `mutation ($id: ID!) { createEnrolmentCode(registerId: $id ${how}) { __typename ... on Problem { code }
        ... on CreateEnrolmentCodeSuccess { code } } }`,
      { id: registerId },
      { token: shop.token },
    )
  const revoke = (registerId: string, how = '') =>
    identity.first<{ __typename: string; unsent?: number; field?: string }>(
      `mutation ($id: ID!) { revokeRegister(id: $id ${how}) { __typename ... on UnsentRecords { unsent reportedAt }
        ... on InvalidInput { field } } }`,
      { id: registerId },
      { token: shop.token },
    )
  const report = (input: object, token = cashier.token) =>
    mutate<{ __typename: string; register: { offlineLog: { unsent: number; lastSequence: number } } }>(
      identity,
      'reportOfflineLog',
      { ...input },
      token,
      '... on ReportOfflineLogSuccess { register { offlineLog { keyId lastSequence unsent reportedAt } } }',
    )
  const WHY = 'loseUnsent: true, reason: "It fell into the harbour"'

  test('is not taken out of use unawares; who does it all the same says why, and that is kept', async () => {
    const { registerId, keyId } = await enrolled('Pier')
    const { register } = await report({ registerId, keyId, lastSequence: 9, unsent: 4 })
    expect(register.offlineLog).toEqual({
      ...{ keyId, lastSequence: 9, unsent: 4 },
      reportedAt: identity.clock.now().toISOString(),
    })
    expect(await revoke(registerId)).toMatchObject({ __typename: 'UnsentRecords', unsent: 4 })
    expect(await revoke(registerId, 'reason: "It is mine"')).toMatchObject({ __typename: 'UnsentRecords' })
    expect(await revoke(registerId, 'loseUnsent: true')).toEqual({ __typename: 'InvalidInput', field: 'reason' })
    expect((await revoke(registerId, WHY)).__typename).toBe('RevokeRegisterSuccess')
    const entries = await identity.look(
      "select actor_id, after from identity.audit_entry where action = 'register.revoked' and subject_id = $1",
      [registerId],
    )
    expect(entries).toEqual([{ actor_id: shop.ownerId, after: { unsent: 4, reason: 'It fell into the harbour' } }])
  })

  test('is taken out of use once it has sent them, whatever order its reports come in', async () => {
    const { registerId, keyId } = await enrolled('Ferry')
    await report({ registerId, keyId, lastSequence: 5, unsent: 5 })
    await report({ registerId, keyId, lastSequence: 5, unsent: 0 })
    await report({ registerId, keyId, lastSequence: 5, unsent: 3 })
    const late = await report({ registerId, keyId, lastSequence: 4, unsent: 4 })
    expect(late.register.offlineLog).toMatchObject({ lastSequence: 5, unsent: 0 })
    expect((await revoke(registerId)).__typename).toBe('RevokeRegisterSuccess')
  })

  test('is not replaced by another device unawares either, not even when it sold after the code was made', async () => {
    const { registerId, keyId } = await enrolled('Quay')
    const { code } = await codeFor(registerId)
    await report({ registerId, keyId, lastSequence: 1, unsent: 1 })
    expect((await become(registerId, code)).__typename).toBe('EnrolmentRefused')
    expect((await codeFor(registerId)).__typename).toBe('UnsentRecords')
    const knowing = await codeFor(registerId, `, ${WHY}`)
    expect((await become(registerId, knowing.code)).__typename).toBe('EnrolRegisterSuccess')
    const entries = await identity.look<{ after: object }>(
      "select after from identity.audit_entry where action = 'register.code_created' and subject_id = $1 and after is not null",
      [registerId],
    )
    expect(entries).toEqual([{ after: { unsent: 1, reason: 'It fell into the harbour' } }])
    // the log of the device that is gone stands in nobody's way
    expect((await revoke(registerId)).__typename).toBe('RevokeRegisterSuccess')
  })

  test('can only be told of by its own key and by people of its store', async () => {
    const { registerId, keyId } = await enrolled('Dock')
    const other = await enrolled('Wharf')
    const notThere = [
      { registerId, keyId: other.keyId },
      { registerId: randomUUID(), keyId },
      { registerId: 'x', keyId },
    ]
    for (const one of notThere)
      expect((await report({ ...one, lastSequence: 1, unsent: 1 })).__typename).toBe('NotFound')
    const stranger = await signUp(identity)
    expect((await report({ registerId, keyId, lastSequence: 1, unsent: 1 }, stranger.token)).__typename).toBe(
      'NotFound',
    )
    for (const numbers of [
      { lastSequence: -1, unsent: 0 },
      { lastSequence: 1, unsent: 2 },
      { lastSequence: 1, unsent: -1 },
    ])
      expect((await report({ registerId, keyId, ...numbers })).__typename).toBe('InvalidInput')
  })
})
