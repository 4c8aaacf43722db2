import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { createLocalJWKSet, exportJWK, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { beforeAll, expect, it } from 'vitest'
import { steppedClock } from '../clock.ts'
import { codeOf } from '../errors.ts'
import { type AccessTokenReader, createAccessTokenReader } from './access-token.ts'
import { createServiceTokens } from './service-token.ts'

const ISSUER = 'https://identity.test'
const AUDIENCE = 'tillgraph'
const START = new Date('2026-03-29T10:00:00Z')
const SECOND = 1_000

const good = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const tenant = randomUUID()
const store = randomUUID()
const session = randomUUID()

const claims = (): JWTPayload => ({
  knd: 'person',
  tid: tenant,
  sid: session,
  grants: [['CASHIER', store]],
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user-1',
  iat: START.getTime() / SECOND,
  exp: START.getTime() / SECOND + 600,
})
const header = (): JWTHeaderParameters => ({ alg: 'EdDSA', typ: 'at+jwt', kid: 'key-1' })

const sign = (payload: JWTPayload, head: JWTHeaderParameters = header(), key: KeyObject = good.privateKey) =>
  new SignJWT(payload).setProtectedHeader(head).sign(key)

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const byHand = (head: unknown, payload: unknown, signature = '') => `${part(head)}.${part(payload)}.${signature}`

let publicJwk: JWK
let clock: ReturnType<typeof steppedClock>
let ended: Set<string>
let reader: AccessTokenReader

beforeAll(async () => {
  publicJwk = { ...(await exportJWK(good.publicKey)), kid: 'key-1', alg: 'EdDSA', use: 'sig' }
})

function newReader(): AccessTokenReader {
  clock = steppedClock(START)
  ended = new Set()
  reader = createAccessTokenReader({
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: createLocalJWKSet({ keys: [publicJwk] }),
    clock,
    ended,
  })
  return reader
}

const read = async (token: string) => reader.read(`Bearer ${token}`)

it('knows who asks, and what they may do where', async () => {
  newReader()
  const caller = await read(await sign(claims()))
  expect(caller).toMatchObject({ kind: 'person', tenantId: tenant, subject: 'user-1', sessionId: session })
  expect(caller?.may('orders.order.complete', store)).toBe(true)
  expect(caller?.may('orders.order.complete', randomUUID())).toBe(false)
  expect(caller?.storesWhere('orders.order.complete')).toEqual([store])
  expect(await reader.read(undefined)).toBeUndefined()
  expect(await reader.read('')).toBeUndefined()
})

it('refuses a token that was good once it has expired, and one whose sign-in has ended', async () => {
  newReader()
  const token = await sign(claims())
  await read(token)
  ended.add(session)
  await expect(read(token)).rejects.toThrow('ended')
  ended.clear()
  clock.advance(604 * SECOND)
  await read(token)
  clock.advance(SECOND)
  await expect(read(token)).rejects.toThrow('expired')
  newReader()
  clock.advance(605 * SECOND)
  await expect(read(token)).rejects.toThrow('expired')
})

const withClaims = (changes: JWTPayload) => async () => sign({ ...claims(), ...changes })
const without = (name: string) => async () => sign({ ...claims(), [name]: undefined })
const withHeader = (changes: Record<string, unknown>) => async () =>
  sign(claims(), { ...header(), ...changes } as JWTHeaderParameters)
const hmac = (alg: 'HS256' | 'HS384' | 'HS512', secret: string | Buffer) => async () => {
  const text = `${part({ ...header(), alg })}.${part(claims())}`
  const signature = createHmac(`sha${alg.slice(2)}`, secret)
    .update(text)
    .digest('base64url')
  return `${text}.${signature}`
}
const strangersJwk = async () => ({ ...(await exportJWK(stranger.publicKey)), alg: 'EdDSA' })
const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString()

/** Ways to forge a token, each of which must fail. */
const forgeries: readonly (readonly [string, () => Promise<string>])[] = [
  ...['none', 'None', 'NONE', 'nOnE'].flatMap(
    alg =>
      [
        [`alg ${alg} without a signature`, async () => byHand({ ...header(), alg }, claims())],
        [
          `alg ${alg} with a good signature`,
          async () => byHand({ ...header(), alg }, claims(), (await sign(claims())).split('.')[2]),
        ],
      ] as const,
  ),
  ...(['HS256', 'HS384', 'HS512'] as const).flatMap(
    alg =>
      [
        [`${alg} with the public key as PEM for a secret`, hmac(alg, pem(good.publicKey))],
        [
          `${alg} with the public key as DER for a secret`,
          hmac(alg, good.publicKey.export({ format: 'der', type: 'spki' })),
        ],
        [`${alg} with the public key's JWK for a secret`, async () => hmac(alg, JSON.stringify(publicJwk))()],
        [
          `${alg} with the public key's bytes for a secret`,
          async () => hmac(alg, Buffer.from(publicJwk.x ?? '', 'base64url'))(),
        ],
        [`${alg} with an empty secret`, hmac(alg, '')],
      ] as const,
  ),
  ['signed by a stranger', async () => sign(claims(), header(), stranger.privateKey)],
  ['a stranger under no kid', async () => sign(claims(), { alg: 'EdDSA', typ: 'at+jwt' }, stranger.privateKey)],
  ...['key-2', '../../key-1', "key-1' or 1=1", '', '/dev/null', 'http://evil.test/key'].map(
    kid => [`kid ${kid}`, async () => sign(claims(), { ...header(), kid }, stranger.privateKey)] as const,
  ),
  ...['jku', 'x5u'].flatMap(name =>
    ['https://evil.test/keys', 'file:///etc/passwd', `${ISSUER}/.well-known/jwks.json`].map(
      address =>
        [
          `${name} ${address}`,
          async () => sign(claims(), { ...header(), [name]: address } as JWTHeaderParameters, stranger.privateKey),
        ] as const,
    ),
  ),
  ['jwk in the header', async () => sign(claims(), { ...header(), jwk: await strangersJwk() }, stranger.privateKey)],
  [
    'jwk in the header without a kid',
    async () => sign(claims(), { alg: 'EdDSA', typ: 'at+jwt', jwk: await strangersJwk() }, stranger.privateKey),
  ],
  [
    'x5c in the header',
    async () => sign(claims(), { ...header(), x5c: [pem(stranger.publicKey)] }, stranger.privateKey),
  ],
  ['an unknown critical header', async () => byHand({ ...header(), crit: ['x'], x: 1 }, claims(), 'AAAA')],
  ...['JWT', 'jwt', 'svc+jwt', 'rt+jwt', 'dpop+jwt', 'at', ''].map(typ => [`typ ${typ}`, withHeader({ typ })] as const),
  ['no typ', async () => sign(claims(), { alg: 'EdDSA', kid: 'key-1' })],
  ...['https://evil.test', '', `${ISSUER}/`, ISSUER.toUpperCase(), 'tillgraph:service'].map(
    iss => [`issuer ${iss}`, withClaims({ iss })] as const,
  ),
  ...['other', '', [], ['other'], 'tillgraph '].map(
    aud => [`audience ${JSON.stringify(aud)}`, withClaims({ aud })] as const,
  ),
  ...[6, 60, 3_600].map(
    late => [`expired ${late} s ago`, withClaims({ exp: START.getTime() / SECOND - late })] as const,
  ),
  ...[6, 60, 3_600].map(
    early => [`not valid for ${early} s`, withClaims({ nbf: START.getTime() / SECOND + early })] as const,
  ),
  ...['iss', 'aud', 'exp', 'sub', 'iat', 'tid', 'knd', 'sid', 'grants'].map(
    name => [`without ${name}`, without(name)] as const,
  ),
  ...[
    { knd: 'service' },
    { knd: 'operator' },
    { tid: 'all' },
    { tid: '*' },
    { sid: 'x' },
    { sub: '' },
    { sub: 'x'.repeat(101) },
    { grants: [['GOD', null]] },
    { grants: [['OWNER', '*']] },
    { grants: 'OWNER' },
    { grants: [['OWNER']] },
    { grants: Array.from({ length: 201 }, () => ['CASHIER', null]) },
    { reg: 'till' },
  ].map(changes => [`claims ${JSON.stringify(changes).slice(0, 60)}`, withClaims(changes as JWTPayload)] as const),
  ...Array.from(
    { length: 80 },
    (_, i) =>
      [
        `letter ${i} of the payload changed`,
        async () => {
          const [head, payload = '', signature] = (await sign(claims())).split('.')
          const at = (i * 7) % payload.length
          const changed = payload[at] === 'A' ? 'B' : 'A'
          return `${head}.${payload.slice(0, at)}${changed}${payload.slice(at + 1)}.${signature}`
        },
      ] as const,
  ),
  ...Array.from(
    { length: 30 },
    (_, i) =>
      [
        `letter ${i} of the signature changed`,
        async () => {
          const [head, payload, signature = ''] = (await sign(claims())).split('.')
          const at = (i * 2) % (signature.length - 1)
          const changed = signature[at] === 'A' ? 'B' : 'A'
          return `${head}.${payload}.${signature.slice(0, at)}${changed}${signature.slice(at + 1)}`
        },
      ] as const,
  ),
  [
    'another payload under a good signature',
    async () => {
      const [head, , signature] = (await sign(claims())).split('.')
      return `${head}.${part({ ...claims(), grants: [['OWNER', null]] })}.${signature}`
    },
  ],
  [
    'another header over a good signature',
    async () => {
      const [, payload, signature] = (await sign(claims())).split('.')
      return `${part({ ...header(), kid: 'key-2' })}.${payload}.${signature}`
    },
  ],
  ['an empty signature', async () => (await sign(claims())).replace(/[^.]+$/, '')],
  ['no signature at all', async () => (await sign(claims())).split('.').slice(0, 2).join('.')],
  ['four parts', async () => `${await sign(claims())}.AAAA`],
  ['five parts, as if encrypted', async () => `${await sign(claims())}.AAAA.AAAA`],
  ['two tokens', async () => `${await sign(claims())} ${await sign(claims())}`],
  ['words', async () => 'let me in'],
  ['nothing', async () => ''],
  ['dots', async () => '..'],
  ['a payload that is no object', async () => byHand(header(), 'admin', 'AAAA')],
  ['a token of nine thousand letters', async () => sign({ ...claims(), more: 'x'.repeat(9_000) })],
  [
    'a service token of ours',
    async () => {
      const privateKey = await exportJWK(good.privateKey)
      const tokens = createServiceTokens({ name: 'key-1', privateKey, publicKeys: { keys: [publicJwk] }, clock })
      return tokens.mint(AUDIENCE, tenant)
    },
  ],
]

it('is tried with 200 forgeries', () => {
  expect(forgeries.length).toBeGreaterThanOrEqual(200)
})

it.each(forgeries)('refuses a forgery: %s', async (_name, forge) => {
  newReader()
  const error = await read(await forge()).then(
    () => undefined,
    failure => failure,
  )
  expect(codeOf(error)).toBe('UNAUTHENTICATED')
  // and does not remember it as good
  await expect(async () => read(await forge())).rejects.toThrow()
})

it.each(['Basic dXNlcjpwYXNz', 'bearer', 'Token abc', 'Bearer'])('refuses the header %o', async value => {
  newReader()
  await expect(async () => reader.read(value)).rejects.toThrow('Bearer')
})

it('says that it cannot check, rather than that a token is bad, when its keys cannot be had', async () => {
  const away = createAccessTokenReader({
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7')),
    clock: steppedClock(START),
  })
  const error = await Promise.resolve(away.read(`Bearer ${await sign(claims())}`)).catch(failure => failure)
  expect(codeOf(error)).toBe('SERVICE_UNAVAILABLE')
  expect(String(error)).not.toContain('10.0.0.7')
})
