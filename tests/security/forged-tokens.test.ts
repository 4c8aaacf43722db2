import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, signUp } from '../support/ask.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'

const START_TIMEOUT_MS = 90_000
const FORGERIES_LEAST = 200

type Json = Record<string, unknown>

let graph: TestGraph
let token: string
let publicKey: KeyObject
let publicJwk: Json
const stranger = generateKeyPairSync('ed25519')

beforeAll(async () => {
  graph = await startTestGraph('seven processes')
  token = (await signUp(graph.url)).token
  const keySet = await fetch(new URL('/.well-known/jwks.json', graph.url)).then(response => response.json())
  const { kid } = decode(token.split('.')[0] ?? '')
  publicJwk = (keySet as { keys: Json[] }).keys.find(key => key.kid === kid) ?? {}
  publicKey = createPublicKey({ key: publicJwk, format: 'jwk' })
}, START_TIMEOUT_MS)

afterAll(() => graph?.stop(), START_TIMEOUT_MS)

describe('a token that identity did not sign, or not like this', () => {
  test(
    'is accepted neither by the gateway nor by any subgraph behind it',
    async () => {
      const doors = [['gateway', graph.url] as const, ...graph.subgraphUrls]
      expect(doors).toHaveLength(7)
      const forged = forgeries()
      expect(forged.length).toBeGreaterThanOrEqual(FORGERIES_LEAST)
      for (const [door, url] of doors) {
        // the control: the token they are all made from opens every door
        expect((await ask(url, '{ __typename }', {}, { token })).data, door).toEqual({ __typename: 'Query' })
        const accepted: string[] = []
        for (const [name, bad] of forged) {
          const answer = await ask(url, '{ __typename }', {}, { token: bad })
          if (answer.errors?.[0]?.extensions?.code !== 'UNAUTHENTICATED' || answer.data) accepted.push(name)
        }
        expect(accepted, door).toEqual([])
      }
    },
    START_TIMEOUT_MS,
  )

  test('is refused without a word on which check it failed', async () => {
    const told = new Set<string>()
    for (const [, bad] of forgeries().filter(([name]) => !name.startsWith('expired')))
      told.add((await ask(graph.url, '{ __typename }', {}, { token: bad })).errors?.[0]?.message ?? '')
    expect([...told].length).toBeLessThanOrEqual(2)
  })
})

/** Every forgery begins with a real token and breaks one thing. */
function forgeries(): [string, string][] {
  const [head = '', body = '', signature = ''] = token.split('.')
  const header = decode(head)
  const claims = decode(body)
  const byStranger = (changed: Json, payload: Json = claims) =>
    signed({ ...header, ...changed }, payload, stranger.privateKey)
  const unsigned = (changed: Json, mark: string) => `${encode({ ...header, ...changed })}.${body}.${mark}`
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const der = publicKey.export({ format: 'der', type: 'spki' })
  const secrets = { PEM: pem, DER: der, JWK: JSON.stringify(publicJwk), bytes: String(publicJwk.x), empty: '' }

  const made: [string, string][] = [
    ...['none', 'None', 'NONE', 'nOnE', 'null', ''].flatMap((alg): [string, string][] => [
      [`alg ${alg}, no signature`, unsigned({ alg }, '')],
      [`alg ${alg}, the real signature`, unsigned({ alg }, signature)],
    ]),
    ...['HS256', 'HS384', 'HS512'].flatMap(alg =>
      Object.entries(secrets).map(([name, secret]): [string, string] => [
        `${alg} with the public key (${name}) for a secret`,
        hmac({ ...header, alg }, body, secret),
      ]),
    ),
    ...['RS256', 'ES256', 'PS256', 'EdDSA ', 'eddsa'].map((alg): [string, string] => [
      `alg ${alg}`,
      unsigned({ alg }, signature),
    ]),
    ['signed by a stranger', byStranger({})],
    ['a stranger, no kid', byStranger({ kid: undefined })],
    ...['other', '', '../../key', "x' or 1=1", '/dev/null', 'https://evil.test/key'].map((kid): [string, string] => [
      `a stranger, kid ${kid}`,
      byStranger({ kid }),
    ]),
    ...['jku', 'x5u'].flatMap(name =>
      ['https://evil.test/keys', 'file:///etc/passwd', new URL('/.well-known/jwks.json', graph.url).href].map(
        (address): [string, string] => [`a stranger, ${name} ${address}`, byStranger({ [name]: address })],
      ),
    ),
    ['a stranger with their key in the header', byStranger({ jwk: stranger.publicKey.export({ format: 'jwk' }) })],
    ['an unknown critical header', byStranger({ crit: ['x'], x: 1 })],
    ...['JWT', 'svc+jwt', 'rt+jwt', ''].map((typ): [string, string] => [`a stranger, typ ${typ}`, byStranger({ typ })]),
    ...(
      [
        { iss: 'https://evil.test' },
        { aud: 'other' },
        { exp: 1 },
        { tid: '*' },
        {
          grants: [
            ['OWNER', null],
            ['MANAGER', null],
          ],
        },
      ] as Json[]
    ).flatMap((changed): [string, string][] => [
      [`claims ${JSON.stringify(changed)} by a stranger`, byStranger({}, { ...claims, ...changed })],
      [
        `claims ${JSON.stringify(changed)} under the real signature`,
        `${head}.${encode({ ...claims, ...changed })}.${signature}`,
      ],
    ]),
    ['two parts', `${head}.${body}`],
    ['five parts', `${head}.${body}.${signature}.${body}.${signature}`],
    ['nothing but dots', '..'],
    ['far too long', `${token}${'A'.repeat(9_000)}`],
  ]
  for (let at = 0; made.length < FORGERIES_LEAST + 20; at++) {
    const part = at % 2 === 0 ? body : signature
    // the last letter of a signature carries bits that are not used: changing them changes nothing
    const place = (at * 13) % (part.length - 1)
    const changed = `${part.slice(0, place)}${part[place] === 'A' ? 'B' : 'A'}${part.slice(place + 1)}`
    made.push([
      `letter ${place} of part ${(at % 2) + 2} changed`,
      at % 2 === 0 ? `${head}.${changed}.${signature}` : `${head}.${body}.${changed}`,
    ])
  }
  return made
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function signed(header: Json, payload: Json, key: KeyObject): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${signBytes(null, Buffer.from(text), key).toString('base64url')}`
}

function hmac(header: Json, body: string, secret: string | Buffer): string {
  const text = `${encode(header)}.${body}`
  const algorithm = `sha${String(header.alg).slice(2)}`
  return `${text}.${createHmac(algorithm, secret).update(text).digest('base64url')}`
}
