import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hire, mutate, mutateById, signUp, type TestShop } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const FIELDS = 'partner { id name clientId scopes isActive version secrets { id createdAt expiresAt } }'

interface PartnerAnswer {
  __typename: string
  code?: string
  clientSecret: string | null
  partner: {
    id: string
    clientId: string
    scopes: string[]
    isActive: boolean
    version: number
    secrets: { expiresAt: string | null }[]
  }
}

interface TokenAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { access_token?: string; scope?: string; error?: string; expires_in?: number; token_type?: string }
}

let identity: IdentityUnderTest
let shop: TestShop

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
})

afterAll(() => identity?.stop())

const create = (name: string, scopes = ['catalog:read'], more: object = {}, token = shop.token) =>
  mutate<PartnerAnswer>(
    identity,
    'createPartner',
    { name, scopes, ...more },
    token,
    `... on CreatePartnerSuccess { clientSecret ${FIELDS} }`,
  )

async function token(form: Record<string, string>, headers: Record<string, string> = {}): Promise<TokenAnswer> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString()
  const answer = await identity.post('/oauth/token', body, {
    'content-type': 'application/x-www-form-urlencoded',
    ...headers,
  })
  return { ...answer, body: JSON.parse(answer.body.toString()) }
}

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
})

describe('a partner', () => {
  test('is given a client id and, once, a secret', async () => {
    const { partner, clientSecret } = await create('Deliveries Inc', ['orders:write', 'catalog:read', 'catalog:read'])
    expect(partner).toMatchObject({
      scopes: ['catalog:read', 'orders:write'],
      isActive: true,
      version: 1,
      secrets: [{ expiresAt: null }],
    })
    expect(clientSecret).toMatch(/^tgs_[\w-]{43}$/)
    const [row] = await identity.look<{ all: string }>(
      "select query_to_xml('select * from identity.partner_secret', true, false, '')::text as all",
    )
    expect(row?.all).not.toContain(clientSecret)
  })

  test('asked for again by the same id is the same partner, and the secret is not shown again', async () => {
    const id = randomUUID()
    const [one, two] = [
      await create('Again', ['catalog:read'], { id }),
      await create('Again', ['catalog:read'], { id }),
    ]
    expect(two.partner).toEqual(one.partner)
    expect([one.clientSecret === null, two.clientSecret]).toEqual([false, null])
    expect((await create('Another', ['catalog:read'], { id })).code).toBe('ALREADY_USED_DIFFERENTLY')
    const kept = await identity.look<{ answer: unknown }>('select answer from identity.request where key like $1', [
      `%${id}`,
    ])
    expect(JSON.stringify(kept)).not.toContain('tgs_')
  })

  test.each([
    ['name', 'scopes', { name: '' }],
    ['scopes', 'scopes', { scopes: [] }],
    ['scopes', 'scopes', { scopes: ['everything'] }],
  ])('with wrong %s is refused', async (field, _, change) => {
    expect(await create('Wrong', ['catalog:read'], change)).toMatchObject({ __typename: 'InvalidInput', field })
  })

  test('is changed, and listed', async () => {
    const { partner } = await create('Before')
    const success = `... on UpdatePartnerSuccess { ${FIELDS} }`
    const changed = await mutate<PartnerAnswer>(
      identity,
      'updatePartner',
      { id: partner.id, name: 'After', scopes: ['orders:read'], version: 1 },
      shop.token,
      success,
    )
    expect(changed.partner).toMatchObject({ name: 'After', scopes: ['orders:read'], version: 2 })
    expect(
      (await mutate(identity, 'updatePartner', { id: partner.id, name: 'Late', version: 1 }, shop.token)).code,
    ).toBe('CHANGED_MEANWHILE')
    expect((await create('after')).code).toBe('NAME_TAKEN')
    const { nodes } = await identity.first<{ nodes: { name: string }[] }>(
      '{ partners(first: 100) { nodes { name } } }',
      {},
      { token: shop.token },
    )
    expect(nodes.map(({ name }) => name)).toContain('After')
  })

  test('is an owner’s to let in', async () => {
    const manager = await hire(identity, shop, 'manager', [{ role: 'MANAGER' }])
    const text = 'mutation { createPartner(input: { name: "X", scopes: ["catalog:read"] }) { __typename } }'
    expect((await identity.ask(text, {}, { token: manager.token })).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    expect(await identity.first('{ partners { nodes { id } } }', {}, { token: manager.token })).toBeTruthy()
  })
})

describe('POST /oauth/token', () => {
  test('gives a partner a token for its scopes, by form and by HTTP Basic, that nothing may store', async () => {
    const { partner, clientSecret } = await create('Tokens', ['catalog:read', 'orders:write'])
    for (const answer of [
      await token({ client_id: partner.clientId, client_secret: clientSecret ?? '' }),
      await token({}, basic(partner.clientId, clientSecret ?? '')),
    ]) {
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': expect.stringContaining('application/json'),
      })
      expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'catalog:read orders:write' })
      const { iat: _, exp: __, ...claims } = decodeJwt(answer.body.access_token ?? '')
      expect(claims).toEqual({
        iss: 'https://identity.test',
        aud: 'tillgraph-test',
        sub: partner.id,
        tid: shop.tenantId,
        knd: 'partner',
        sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        scope: 'catalog:read orders:write',
      })
    }
  })

  test('the token opens what the scopes open, and nothing else', async () => {
    const { partner, clientSecret } = await create('Reader', ['catalog:read'])
    const { body } = await token({ client_id: partner.clientId, client_secret: clientSecret ?? '' })
    const stores = await identity.first('{ stores { nodes { name } } }', {}, { token: body.access_token })
    expect(stores).toEqual({ nodes: [{ name: 'Main street' }] })
    for (const field of [
      'me { id }',
      'customers { nodes { id } }',
      'users { nodes { id } }',
      'partners { nodes { id } }',
      'audit { nodes { id } }',
    ])
      expect(
        (await identity.ask(`{ ${field} }`, {}, { token: body.access_token })).errors?.[0]?.extensions?.code,
        field,
      ).toBe('FORBIDDEN')
  })

  test('gives fewer scopes when fewer are asked for, and refuses what the partner does not have', async () => {
    const { partner, clientSecret } = await create('Fewer', ['catalog:read', 'orders:read'])
    const client = { client_id: partner.clientId, client_secret: clientSecret ?? '' }
    expect((await token({ ...client, scope: 'orders:read' })).body.scope).toBe('orders:read')
    for (const scope of ['orders:write', 'orders:read orders:write', 'nonsense', ' '])
      expect(await token({ ...client, scope }), scope).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
  })

  test('answers one and the same to whatever client does not fit', async () => {
    const [{ partner, clientSecret }, other] = [await create('Fits'), await create('Fits not')]
    const stranger = await signUp(identity)
    const there = await create('There', ['catalog:read'], {}, stranger.token)
    const answers = [
      await token({ client_id: partner.clientId, client_secret: other.clientSecret ?? '' }),
      await token({ client_id: there.partner.clientId, client_secret: clientSecret ?? '' }),
      await token({ client_id: 'nobody', client_secret: clientSecret ?? '' }),
      await token({ client_id: partner.clientId, client_secret: 'wrong' }),
      await token({}, basic('tgc_\u0000', 'tgs_\u0000')),
      await token({ client_id: `tgc_${Buffer.alloc(32, 1).toString('base64url')}`, client_secret: clientSecret ?? '' }),
    ]
    expect(answers[0]).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
      headers: { 'www-authenticate': expect.stringContaining('Basic') },
    })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  test.each([
    ['no grant type', '', {}, 400, 'invalid_request'],
    ['another grant type', 'grant_type=password&client_id=a&client_secret=b', {}, 400, 'unsupported_grant_type'],
    ['no client', 'grant_type=client_credentials', {}, 401, 'invalid_client'],
    [
      'a parameter twice',
      'grant_type=client_credentials&client_id=a&client_id=b&client_secret=c',
      {},
      400,
      'invalid_request',
    ],
    [
      'two ways of saying who',
      'grant_type=client_credentials&client_secret=c',
      basic('a', 'b'),
      400,
      'invalid_request',
    ],
    ['two clients', 'grant_type=client_credentials&client_id=c', basic('a', 'b'), 400, 'invalid_request'],
    ['another scheme', 'grant_type=client_credentials', { authorization: 'Bearer x' }, 401, 'invalid_client'],
    ['broken Basic', 'grant_type=client_credentials', { authorization: 'Basic %%%' }, 401, 'invalid_client'],
    ['JSON', '{"grant_type":"client_credentials"}', { 'content-type': 'application/json' }, 400, 'invalid_request'],
    ['a form that is too long', `grant_type=${'x'.repeat(5000)}`, {}, 400, 'invalid_request'],
  ])('refuses %s', async (_, body, headers, status, error) => {
    const answer = await identity.post('/oauth/token', body, {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    })
    expect([answer.status, JSON.parse(answer.body.toString()).error]).toEqual([status, error])
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('with the secret before, until the overlap is over', async () => {
    const { partner, clientSecret: old } = await create('Rotates')
    const rotate = (overlapHours: number) =>
      mutate<PartnerAnswer>(
        identity,
        'rotatePartnerSecret',
        { id: partner.id, overlapHours },
        shop.token,
        `... on RotatePartnerSecretSuccess { clientSecret ${FIELDS} }`,
      )
    const works = async (secret: string | null) =>
      (await token({ client_id: partner.clientId, client_secret: secret ?? '' })).status === 200
    expect(await rotate(721)).toMatchObject({ field: 'overlapHours' })
    const next = await rotate(1)
    expect(next.partner.secrets).toHaveLength(2)
    expect([await works(old), await works(next.clientSecret)]).toEqual([true, true])
    const last = await rotate(0)
    expect([await works(old), await works(next.clientSecret), await works(last.clientSecret)]).toEqual([
      false,
      false,
      true,
    ])
    expect(last.partner.secrets).toHaveLength(1)
  })

  test('never for a partner that was sent away, until it is let in again', async () => {
    const { partner, clientSecret } = await create('Leaves')
    const client = { client_id: partner.clientId, client_secret: clientSecret ?? '' }
    const success = `... on ChangePartnerSuccess { ${FIELDS} }`
    expect(
      (await mutateById<PartnerAnswer>(identity, 'deactivatePartner', partner.id, shop.token, success)).partner
        .isActive,
    ).toBe(false)
    expect((await token(client)).status).toBe(401)
    await mutateById(identity, 'activatePartner', partner.id, shop.token)
    expect((await token(client)).status).toBe(200)
  })

  test('that stops when the partner may do less, and only then', async () => {
    const { partner, clientSecret } = await create('Shrinks', ['catalog:read', 'orders:read'])
    const client = { client_id: partner.clientId, client_secret: clientSecret ?? '' }
    const opens = async (access?: string) =>
      (await identity.ask('{ stores { nodes { id } } }', {}, { token: access })).errors?.[0]?.extensions?.code ?? 'yes'
    const scoped = (scopes: string[], name = 'Shrinks') =>
      mutate(identity, 'updatePartner', { id: partner.id, scopes, name }, shop.token)
    const first = (await token(client)).body.access_token
    await scoped(['catalog:read', 'orders:read', 'orders:write'], 'Grows')
    await scoped(['orders:write', 'orders:read', 'catalog:read'])
    expect(await opens(first)).toBe('yes')
    await scoped(['catalog:read', 'orders:write'])
    await expect.poll(() => opens(first)).toBe('UNAUTHENTICATED')
    const second = (await token(client)).body.access_token
    expect(await opens(second)).toBe('yes')
    await mutateById(identity, 'deactivatePartner', partner.id, shop.token)
    await mutateById(identity, 'activatePartner', partner.id, shop.token)
    await expect.poll(() => opens(second)).toBe('UNAUTHENTICATED')
    expect(await opens((await token(client)).body.access_token)).toBe('yes')
    // a process that comes up now is told of both
    const { sessions } = JSON.parse((await identity.get('/.well-known/ended-sessions')).body.toString())
    for (const ended of [first, second]) expect(sessions).toContain(decodeJwt(ended ?? '').sid)
  })

  test('that stops with its own secret, and not with another', async () => {
    const { partner, clientSecret: old } = await create('Changes over')
    const rotate = (overlapHours: number) =>
      mutate<PartnerAnswer>(
        identity,
        'rotatePartnerSecret',
        { id: partner.id, overlapHours },
        shop.token,
        '... on RotatePartnerSecretSuccess { clientSecret }',
      )
    const given = async (secret: string | null) =>
      (await token({ client_id: partner.clientId, client_secret: secret ?? '' })).body
    const opens = async ({ access_token }: TokenAnswer['body']) =>
      (await identity.ask('{ stores { nodes { id } } }', {}, { token: access_token })).errors === undefined
    const ofOld = await given(old)
    const ofNext = await given((await rotate(1)).clientSecret)
    expect([await opens(ofOld), await opens(ofNext)]).toEqual([true, true])
    const { clientSecret: last } = await rotate(0)
    const ofLast = await given(last)
    await expect.poll(async () => [await opens(ofOld), await opens(ofNext)]).toEqual([false, false])
    expect(await opens(ofLast)).toBe(true)
    await rotate(1)
    expect(await opens(ofLast)).toBe(true)
  })

  test('closes a client for a quarter of an hour after ten wrong secrets, and says for how long', async () => {
    const { partner, clientSecret } = await create('Guessed')
    let answer = await token({ client_id: partner.clientId, client_secret: 'wrong' })
    for (let tries = 0; tries < 20 && answer.headers['retry-after'] !== '900'; tries++) {
      identity.clock.advance(Number(answer.headers['retry-after'] ?? 0) * 1000)
      answer = await token({ client_id: partner.clientId, client_secret: 'wrong' })
    }
    expect(answer).toMatchObject({
      status: 429,
      body: { error: 'temporarily_unavailable' },
      headers: { 'retry-after': '900' },
    })
    const client = { client_id: partner.clientId, client_secret: clientSecret ?? '' }
    expect((await token(client)).status).toBe(429)
    identity.clock.advance(900_000)
    expect((await token(client)).status).toBe(200)
  })

  test('lasts no longer than the secret it is given out for', async () => {
    const { token: owner } = await signUp(identity)
    const { partner, clientSecret } = await create('Lasts', ['catalog:read'], {}, owner)
    await mutate(identity, 'rotatePartnerSecret', { id: partner.id, overlapHours: 1 }, owner)
    identity.clock.advance(3_500_000)
    const { body } = await token({ client_id: partner.clientId, client_secret: clientSecret ?? '' })
    expect(body.expires_in).toBeLessThanOrEqual(100)
    const { exp = 0, iat = 0 } = decodeJwt(body.access_token ?? '')
    expect(exp - iat).toBeLessThanOrEqual(100)
  })
})
