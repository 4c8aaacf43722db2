import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { CallerReader } from '../src/identity/caller-reader.ts'
import { readAccessRules } from '../src/supergraph/access-rules.ts'
import { compose } from './kit/compose.ts'
import { startGateway } from './kit/start-gateway.ts'
import { TestSubgraph } from './kit/subgraph.ts'

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7",
  import: ["@key", "@authenticated", { name: "@requiresScopes", as: "@needs" }, "@policy"])`
const texts = [
  {
    name: 'people',
    typeDefs: `${LINK}
      type Query { open: String  mine: String @authenticated  person: Person  node: Node  things: [Thing]  secret: Secret }
      interface Node { id: ID! wage: Int }
      type Person implements Node @key(fields: "id") {
        id: ID! name: String wage: Int @needs(scopes: [["wages:read", "people:read"], ["admin"]]) judged: String @policy(policies: [["court"]]) }
      type Shop implements Node @key(fields: "id") { id: ID! wage: Int }
      type Secret @authenticated { word: String }
      union Thing = Shop | Secret
      type Subscription { mine: String @authenticated  open: String }`,
  },
]
const sdl = compose(texts)

const services = new Map([
  [
    'people',
    new TestSubgraph(texts[0]?.typeDefs ?? '', {
      Node: { __resolveType: () => 'Person' },
      Thing: { __resolveType: () => 'Secret' },
      Query: {
        open: () => 'o',
        mine: () => 'm',
        person: () => ({ id: 1, name: 'n', wage: 5, judged: 'j' }),
        node: () => ({ id: 1, wage: 5 }),
        secret: () => ({ word: 'w' }),
        things: () => [{ word: 'w' }],
      },
    }),
  ],
])

/** "Bearer a,b" holds the scopes a and b. */
const reader: CallerReader = {
  read: authorization =>
    authorization === undefined
      ? { kind: 'anonymous' }
      : {
          kind: 'caller',
          tenantId: 't',
          subject: 's',
          scope: authorization,
          scopes: authorization.replace('Bearer ', '').split(','),
          expiresAt: new Date(Date.now() + 60_000),
        },
}

describe('a supergraph that says who may see what', () => {
  const cases: [query: string, authorization: string | undefined, status: number][] = [
    ['{ open }', undefined, 200],
    ['{ mine }', undefined, 401],
    ['{ open ... { x: mine } }', undefined, 401],
    ['{ ...F } fragment F on Query { mine }', undefined, 401],
    ['{ open mine @include(if: false) }', undefined, 401],
    ['{ mine }', 'Bearer any', 200],
    ['{ secret { word } }', undefined, 401],
    ['{ things { __typename } }', undefined, 401],
    ['{ things { ... on Secret { word } } }', undefined, 401],
    ['{ person { name } }', undefined, 200],
    ['{ person { wage } }', undefined, 401],
    ['{ person { wage } }', 'Bearer wages:read', 403],
    ['{ person { wage } }', 'Bearer people:read,wages:read', 200],
    ['{ person { wage } }', 'Bearer admin', 200],
    ['{ node { wage } }', 'Bearer any', 403],
    ['{ node { id } }', undefined, 200],
    ['{ node { ... on Person { wage } } }', 'Bearer any', 403],
    ['{ person { judged } }', 'Bearer admin', 403],
  ]

  it.each(cases)('%s as %s: %s', async (query, authorization, status) => {
    await using started = await startGateway(sdl, services, { reader })
    const answer = await started.ask(query, {}, { headers: authorization ? { authorization } : {} })
    expect(answer.status).toBe(status)
    if (status === 200) expect(answer.body.errors).toBeUndefined()
    else
      expect(answer.body).toMatchObject({
        errors: [{ extensions: { code: status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN' } }],
      })
  })

  it('is enforced for subscriptions and by GET as well', async () => {
    await using started = await startGateway(sdl, services, { reader })
    const get = await fetch(`${started.url}?query=%7Bmine%7D`, { headers: { 'apollo-require-preflight': '1' } })
    expect(get.status).toBe(401)
    const odd = await fetch(`${started.url}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'image/png' },
      body: '{"query":"{ mine }"}',
    })
    expect(await odd.text()).not.toContain('"m"')
    const socket = new WebSocket(started.url.replace('http', 'ws'), 'graphql-transport-ws')
    await new Promise(resolve => socket.on('open', resolve))
    const messages: string[] = []
    socket.on('message', data => messages.push(data.toString()))
    socket.send('{"type":"connection_init"}')
    await expect.poll(() => messages.length).toBe(1)
    socket.send('{"type":"subscribe","id":"1","payload":{"query":"subscription { mine }"}}')
    socket.send('{"type":"subscribe","id":"2","payload":{"query":"{ mine }"}}')
    await expect.poll(() => messages.filter(text => text.includes('UNAUTHENTICATED')).length).toBe(2)
    socket.close()
  })

  it('closes what is closed to everybody when no identity is configured', async () => {
    await using started = await startGateway(sdl, services)
    expect((await started.ask('{ mine }', {}, { headers: { authorization: 'Bearer any' } })).status).toBe(401)
    expect((await started.ask('{ open }')).status).toBe(200)
  })

  it('is refused altogether when it demands a security feature that is not known here', async () => {
    const other = sdl.replace(
      'schema\n',
      'schema\n  @link(url: "https://specs.example.dev/vault/v0.1", for: SECURITY)\n',
    )
    await expect(startGateway(other, services)).rejects.toThrow()
  })

  it('keeps the rules out of the way of one that has none', () => {
    const plain = 'schema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Query } type Query { a: Int }'
    expect(readAccessRules(plain)).toEqual({ sdl: plain, rules: new Map() })
    expect(parse(readAccessRules(sdl).sdl).definitions.length).toBe(parse(sdl).definitions.length)
  })
})
