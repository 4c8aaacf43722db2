import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ContractOptions } from '../src/gateway.ts'
import type { CallerKind, CallerReader } from '../src/identity/caller-reader.ts'
import { restrictTo } from '../src/supergraph/contract.ts'
import { compose } from './kit/compose.ts'
import { startGateway } from './kit/start-gateway.ts'
import { createStreamingShop, StockLedger, streamTexts } from './kit/stock-stream.ts'

const sdl = compose(streamTexts)
const CONTRACT = `
  type Query { product(sku: ID!): Product }
  type Product { name: String! nextDelivery: String }
  type StockChange { version: Int! level: Level! }
  type Level { product: Product! quantity: Int! }
  type Subscription { stockChanged(store: ID!, after: Int): StockChange! }`
const PRODUCT = '{ product(sku: "p1") { name nextDelivery } }'

/** "Bearer person ann" is the person ann. */
const reader: CallerReader = {
  read: authorization => {
    if (authorization === undefined) return { kind: 'anonymous' }
    const [, holder, subject = ''] = authorization.split(' ')
    const expiresAt = new Date(Date.now() + 60_000)
    return { kind: 'caller', holder: holder as CallerKind, tenantId: 't', subject, scope: authorization, expiresAt }
  },
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(contract: Partial<ContractOptions> = {}, options: Parameters<typeof startGateway>[2] = {}) {
  const ledger = new StockLedger()
  ledger.change(100)
  const started = await startGateway(sdl, createStreamingShop(ledger), {
    reader,
    admits: ['person', 'service'],
    contracts: [{ path: '/partner/graphql', schema: { sdl: CONTRACT }, admits: ['partner'], ...contract }],
    ...options,
  })
  cleanups.push(() => started.gateway.stop())
  const askAt = async (path: string, query: string, who?: string, more: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, started.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(who === undefined ? {} : { authorization: `Bearer ${who}` }),
        ...more,
      },
      body: JSON.stringify({ query }),
    })
    const { headers, status } = response
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
    return { status, headers, body: (await response.json()) as any }
  }
  const asPartner = (query: string) => askAt('/partner/graphql', query, 'partner shop24')
  return { ledger, started, askAt, asPartner }
}

describe('a contract', () => {
  it('answers what it holds, also where planning takes what it hides', async () => {
    const { asPartner } = await start()
    expect((await asPartner(PRODUCT)).body).toEqual({
      data: { product: { name: 'Product p1', nextDelivery: 'tomorrow' } },
    })
  })

  it('knows nothing of the rest, however it is asked for', async () => {
    const { asPartner, askAt } = await start()
    for (const query of [
      '{ deliveries }',
      '{ product(sku: "p1") { brand { name } } }',
      '{ product(sku: "p1") { ...F } } fragment F on Product { brand { name } }',
      '{ store(id: "s1") { id } }',
      'subscription { ticks(store: "s1") { number } }',
      'mutation { createPartner { id } }',
    ]) {
      const { status, body } = await asPartner(query)
      expect([query, status]).toEqual([query, 400])
      expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
    }
    const { body } = await asPartner('{ __schema { types { name } } }')
    const names = body.data.__schema.types.map(({ name }: { name: string }) => name)
    expect(names).not.toContain('Brand')
    expect(names.filter((name: string) => name.includes('join__'))).toEqual([])
    expect((await askAt('/graphql', '{ deliveries product(sku: "p1") { brand { name } } }', 'person ann')).status).toBe(
      200,
    )
  })

  it('is opened by tokens for it alone, and each token is told where it belongs', async () => {
    const { askAt } = await start()
    const person = await askAt('/partner/graphql', PRODUCT, 'person ann')
    expect([person.status, person.body.errors[0]]).toEqual([
      403,
      {
        message: 'The access token of a person does not open this graph, but /graphql.',
        extensions: { code: 'FORBIDDEN' },
      },
    ])
    const partner = await askAt('/graphql', PRODUCT, 'partner shop24')
    expect([partner.status, partner.body.errors[0].extensions.code]).toEqual([403, 'FORBIDDEN'])
    expect(partner.body.errors[0].message).toContain('/partner/graphql')
    const nobody = await askAt('/partner/graphql', PRODUCT)
    expect([nobody.status, nobody.body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer')
    expect((await askAt('/graphql', PRODUCT)).status).toBe(200)
  })

  it('has limits of its own, and buckets of its own', async () => {
    const rate = (burst: number) => ({ perSecond: 0.01, burst })
    const { askAt, asPartner } = await start(
      { limits: { costMax: 3 }, rateLimits: { anonymous: rate(9), caller: rate(16), tenant: rate(99) } },
      { rateLimits: { anonymous: rate(99), caller: rate(500), tenant: rate(500) } },
    )
    const dear =
      '{ a: product(sku: "p1") { name } b: product(sku: "p2") { name } c: product(sku: "p3") { name } d: product(sku: "p4") { name } }'
    expect((await asPartner(dear)).body.errors[0].extensions).toMatchObject({ code: 'TOO_EXPENSIVE', limit: 3 })
    const refused = await asPartner(PRODUCT)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('ratelimit-policy')).toBe('"caller";q=16;w=1600')
    // of the same business, at the other graph
    expect((await askAt('/graphql', dear, 'person ann')).status).toBe(200)
  })

  it('brings subscriptions over its own socket, to those whose token opens it', async () => {
    const { ledger, started } = await start()
    const connect = (who: string) => {
      const url = started.url.replace('http', 'ws').replace('/graphql', '/partner/graphql')
      const connectionParams = { authorization: `Bearer ${who}` }
      const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 })
      cleanups.push(() => client.dispose())
      const heard: unknown[] = []
      client.subscribe(
        { query: 'subscription { stockChanged(store: "s1") { level { quantity product { name nextDelivery } } } }' },
        { next: event => heard.push(event.data), error: error => heard.push(error), complete: () => {} },
      )
      return heard
    }
    const heard = connect('partner shop24')
    const told = (quantity: number) => ({
      stockChanged: { level: { quantity, product: { name: 'Product p1', nextDelivery: 'tomorrow' } } },
    })
    await expect.poll(() => heard).toEqual([told(100)])
    ledger.change(99)
    await expect.poll(() => heard).toEqual([told(100), told(99)])
    const refused = connect('person ann')
    await expect.poll(() => refused).toEqual([expect.objectContaining({ code: 4403 })])
  })

  it('follows the supergraph, and stays as it was when that breaks it', async () => {
    const { started, asPartner } = await start()
    const without = compose(
      streamTexts.map(text => ({
        ...text,
        typeDefs: text.typeDefs.replace('nextDelivery: String', 'nextTime: String'),
      })),
    )
    expect(await started.gateway.reload(without)).toBe(true)
    expect((await started.ask('{ product(sku: "p1") { nextDelivery } }')).status).toBe(400)
    expect(
      (await asPartner('{ product(sku: "p1") { name } __type(name: "Product") { fields { name } } }')).body.data.__type,
    ).toEqual({
      fields: [{ name: 'name' }, { name: 'nextDelivery' }],
    })
    const more = compose(
      streamTexts.map(text => ({ ...text, typeDefs: text.typeDefs.replace('brand:', 'weight: Int brand:') })),
    )
    expect(await started.gateway.reload(more)).toBe(true)
    expect((await asPartner(PRODUCT)).body.data.product.nextDelivery).toBe('tomorrow')
  })

  it('is taken up anew when its file changes', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'contract-')), 'partner.graphql')
    await writeFile(file, CONTRACT)
    const { asPartner } = await start({ schema: { file } })
    const ask = async () => (await asPartner('{ product(sku: "p1") { brand { name } } }')).status
    expect(await ask()).toBe(400)
    await writeFile(
      file,
      `${CONTRACT.replace('name: String!', 'name: String! brand: Brand')} type Brand { name: String! }`,
    )
    await expect.poll(ask, { timeout: 10_000 }).toBe(200)
  })

  it('that the supergraph does not keep is not served at all', async () => {
    const promised = CONTRACT.replace('nextDelivery: String', 'nextDelivery: Int colour: String')
    await expect(start({ schema: { sdl: promised } })).rejects.toThrow(/breaks the contract.*colour/)
  })
})

it('a supergraph that has hidden nothing so far can be restricted, whatever it calls things', () => {
  const plain = compose([{ name: 'a', typeDefs: 'type Query { a: Int b: Secret } type Secret { c: Int }' }])
  expect(plain).not.toContain('inaccessible')
  const restricted = restrictTo(plain, 'type Query { a: Int }')
  expect(restricted).toContain('type Secret @join__type(graph: A) @inaccessible')
  expect(restricted).toContain('https://specs.apollo.dev/inaccessible/')
})
