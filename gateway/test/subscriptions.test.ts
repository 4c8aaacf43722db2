import http from 'node:http'
import { createClient as createEventClient } from 'graphql-sse'
import { type Client, createClient, type ExecutionResult } from 'graphql-ws'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { CallerReader, CallerReading } from '../src/identity/caller-reader.ts'
import { compose } from './kit/compose.ts'
import { type StartedGateway, startGateway } from './kit/start-gateway.ts'
import { createStreamingShop, StockLedger, serveStream, streamTexts } from './kit/stock-stream.ts'

const sdl = compose(streamTexts)
const STOCK = `subscription ($store: ID!) {
  stockChanged(store: $store) { level { quantity product { sku name nextDelivery } } }
}`
const variables = { store: 's1' }
const event = (quantity: number) => ({
  data: { stockChanged: { level: { quantity, product: { sku: 'p1', name: 'Product p1', nextDelivery: 'tomorrow' } } } },
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(options: Parameters<typeof startGateway>[2] = {}) {
  const ledger = new StockLedger()
  ledger.change(100)
  const services = createStreamingShop(ledger)
  const started = await startGateway(sdl, services, options)
  cleanups.push(() => started.gateway.stop())
  return { ledger, services, started }
}

function connect(started: StartedGateway, connectionParams: Record<string, unknown> = {}): Client {
  const client = createClient({
    url: started.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    lazy: true,
  })
  cleanups.push(() => client.dispose())
  return client
}

interface Following {
  readonly events: ExecutionResult[]
  ended: 'complete' | unknown[] | { code?: number } | undefined
  stop(): void
}

function follow(client: Client, query = STOCK, given: Record<string, unknown> = variables): Following {
  const following: Following = { events: [], ended: undefined, stop: () => undefined }
  following.stop = client.subscribe(
    { query, variables: given },
    {
      next: answer => following.events.push(answer as ExecutionResult),
      error: error => {
        following.ended = error as never
      },
      complete: () => {
        following.ended ??= 'complete'
      },
    },
  )
  return following
}

describe('a subscription over WebSocket', () => {
  it('brings the snapshot and each change, with fields from three subgraphs', async () => {
    const { ledger, started } = await start()
    const { events } = follow(connect(started))
    await expect.poll(() => events.length).toBe(1)
    ledger.change(99)
    ledger.change(98)
    await expect.poll(() => events).toEqual([event(100), event(99), event(98)])
  })

  it('works with aliases, fragments, conditions, type names and unions', async () => {
    const { ledger, started } = await start()
    const { events } = follow(
      connect(started),
      `subscription ($store: ID!, $with: Boolean!) {
        what: happenings(store: $store) {
          __typename
          ... on Tick { n: number product @include(if: $with) { ...P } }
          ... on StockChange { level { left: quantity product @skip(if: $with) { ...P } } }
        }
      }
      fragment P on Product { title: name brand { name } }`,
      { store: 's1', with: true },
    )
    await expect.poll(() => events.length).toBe(1)
    ledger.change(7)
    await expect
      .poll(() => events)
      .toEqual([
        { data: { what: { __typename: 'Tick', n: 1, product: { title: 'Product p1', brand: { name: 'Brand' } } } } },
        { data: { what: { __typename: 'StockChange', level: { left: 7 } } } },
      ])
  })

  it('works with interfaces', async () => {
    const { ledger, started } = await start()
    const { events } = follow(
      connect(started),
      `subscription { counted(store: "s1") { number ... on Tick { product { name } } ... on Recount { by } } }`,
      {},
    )
    await expect.poll(() => events.length).toBe(1)
    ledger.change(7)
    await expect
      .poll(() => events)
      .toEqual([
        { data: { counted: { number: 1, product: { name: 'Product p1' } } } },
        { data: { counted: { number: 2, by: 'Ann' } } },
      ])
  })

  it('of many who ask for the same is one upstream; who comes later misses nothing and gets nothing twice', async () => {
    const { ledger, services, started } = await start()
    const followings = Array.from({ length: 20 }, () => follow(connect(started)))
    await expect.poll(() => followings.every(({ events }) => events.length === 1)).toBe(true)
    ledger.change(99)
    await expect.poll(() => followings.every(({ events }) => events.length === 2)).toBe(true)
    const late = Array.from({ length: 5 }, () => follow(connect(started)))
    for (let quantity = 98; quantity > 90; quantity--) {
      ledger.change(quantity)
      await new Promise(setImmediate)
    }
    const all = [100, 99, 98, 97, 96, 95, 94, 93, 92, 91].map(event)
    for (const { events } of followings) await expect.poll(() => events).toEqual(all)
    for (const { events } of late) {
      await expect.poll(() => events.at(-1)).toEqual(event(91))
      expect(events).toEqual(all.slice(all.length - events.length))
    }
    await expect.poll(() => started.gateway.statistics.upstreams).toBe(1)
    const subscribed = services.get('inventory')?.requests.filter(({ query }) => query.includes('subscription')) ?? []
    expect(subscribed.length).toBeLessThan(8)
    for (const { stop } of [...followings, ...late]) stop()
    await expect.poll(() => started.gateway.statistics.upstreams).toBe(0)
  })

  it('runs queries and mutations too', async () => {
    const { started } = await start()
    const { events, ...following } = follow(connect(started), '{ product(sku: "p9") { name } }', {})
    await expect.poll(() => events).toEqual([{ data: { product: { name: 'Product p9' } } }])
    following.stop()
  })

  it('that a subgraph refuses ends with its error; one that is wrong ends with what is wrong', async () => {
    const { started } = await start()
    const client = connect(started)
    const refused = follow(client, 'subscription { refused { number } }', {})
    await expect.poll(() => refused.ended).toMatchObject([{ message: 'Not for you' }])
    const wrong = follow(client, 'subscription { nope }', {})
    await expect.poll(() => wrong.ended).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
    const missing = follow(client, STOCK, {})
    await expect.poll(() => missing.ended).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('is complete when its source is', async () => {
    const { ledger, started } = await start()
    const following = follow(connect(started))
    await expect.poll(() => following.events.length).toBe(1)
    ledger.complete()
    await expect.poll(() => following.ended).toBe('complete')
  })

  it('goes on with partial data when another subgraph fails for an event', async () => {
    const { ledger, services, started } = await start()
    const { events } = follow(connect(started))
    await expect.poll(() => events.length).toBe(1)
    const delivery = services.get('delivery')
    if (delivery) delivery.before = () => Promise.reject(new Error('down'))
    ledger.change(5)
    await expect
      .poll(() => events[1])
      .toMatchObject({
        data: { stockChanged: { level: { quantity: 5, product: { name: 'Product p1', nextDelivery: null } } } },
        errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
      })
    if (delivery) delivery.before = undefined
    ledger.change(4)
    await expect.poll(() => events[2]).toEqual(event(4))
  })
})

describe('an upstream in another process', () => {
  async function startDistributed() {
    const ledger = new StockLedger()
    ledger.change(100)
    const services = new Map(createStreamingShop(ledger))
    const inventory = services.get('inventory')
    if (!inventory) throw new Error('There is no inventory.')
    services.delete('inventory')
    const served = await serveStream(inventory)
    const started = await startGateway(sdl, services, { subgraphUrls: { inventory: served.url } })
    cleanups.push(() => started.gateway.stop())
    return { ledger, inventory, served, started, port: Number(new URL(served.url).port) }
  }

  it('that dies and comes back costs no change and repeats none', async () => {
    const { ledger, inventory, served, started, port } = await startDistributed()
    let upstream = served
    const { events } = follow(connect(started))
    await expect.poll(() => events.length).toBe(1)
    for (let round = 0; round < 5; round++) {
      await upstream.stop()
      for (let change = 0; change < 3; change++) ledger.change(99 - round * 3 - change)
      upstream = await serveStream(inventory, port)
      await expect.poll(() => events.length, { timeout: 15_000 }).toBe(4 + round * 3)
    }
    await upstream.stop()
    expect(events).toEqual(Array.from({ length: 16 }, (_, index) => event(100 - index)))
  }, 60_000)

  it('carries the subscriptions of all callers on one connection, each with its own headers', async () => {
    const { inventory, served, started } = await startDistributed()
    const tokens = ['Bearer a', 'Bearer b', 'Bearer c']
    const all = tokens.map(authorization => follow(connect(started, { authorization })))
    await expect.poll(() => all.every(({ events }) => events.length === 1)).toBe(true)
    expect(served.connections()).toBe(1)
    expect(inventory.requests.map(({ headers }) => headers.authorization).sort()).toEqual(tokens)
    await served.stop()
  })

  it('that cannot be resumed ends the subscription rather than leave a gap', async () => {
    const { served, started } = await startDistributed()
    const following = follow(connect(started), 'subscription { ticks(store: "s1") { number } }', {})
    await expect.poll(() => following.events.length).toBe(1)
    await served.stop()
    await expect.poll(() => following.ended).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }])
  })
})

describe('callers', () => {
  /** Tokens are "scope:subject", and whatever tells one from another; those in the set have run out. */
  function reader(expired: Set<string>): CallerReader {
    return {
      read: authorization => {
        if (authorization === undefined) return { kind: 'anonymous' }
        if (expired.has(authorization)) return { kind: 'refused', code: 'UNAUTHENTICATED', message: 'Expired.' }
        const [scope = '', subject = ''] = authorization.split(':')
        return { kind: 'caller', tenantId: 't', subject, scope, expiresAt: new Date(Date.now() + 60_000) }
      },
    }
  }

  it('share what they ask for with callers of the same rights, and with nobody else', async () => {
    const { services, started } = await start({ reader: reader(new Set()) })
    for (const authorization of ['all:ann', 'all:bob', 'few:cid']) {
      const { events } = follow(connect(started, { authorization }))
      await expect.poll(() => events.length).toBe(1)
      await expect.poll(() => started.gateway.statistics.upstreams).toBe(authorization === 'few:cid' ? 2 : 1)
    }
    const scopes = services.get('inventory')?.requests.map(({ headers }) => headers.authorization?.split(':')[0])
    expect(new Set(scopes)).toEqual(new Set(['all', 'few']))
  })

  it('are put out when their token runs out, unless they send a new one on the socket', async () => {
    const expired = new Set<string>()
    const { ledger, started } = await start({ reader: reader(expired) })
    const leaving = new WebSocket(started.url.replace('http', 'ws'), 'graphql-transport-ws')
    const staying = new WebSocket(started.url.replace('http', 'ws'), 'graphql-transport-ws')
    const messages: string[] = []
    staying.on('message', data => messages.push(data.toString()))
    const code = new Promise(resolve => leaving.on('close', resolve))
    for (const socket of [leaving, staying]) {
      if (socket.readyState !== WebSocket.OPEN) await new Promise(resolve => socket.on('open', resolve))
      const acknowledged = new Promise(resolve => socket.once('message', resolve))
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'all:ann:old' } }))
      await acknowledged
    }
    staying.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: STOCK, variables } }))
    await expect.poll(() => messages.length).toBe(2)
    staying.send(JSON.stringify({ type: 'ping', payload: { authorization: 'all:ann:new' } }))
    await expect.poll(() => messages).toContain('{"type":"pong"}')
    expired.add('all:ann:old')
    expect(await code).toBe(4403)
    ledger.change(42)
    await expect.poll(() => messages.at(-1)).toBe(`{"id":"1","type":"next","payload":${JSON.stringify(event(42))}}`)
    staying.close()
  })

  it('are put out within seconds of the end of their token, also where single requests are given some more', async () => {
    const lasting = (authorization: string | undefined): CallerReading => ({
      ...{ kind: 'caller', tenantId: 't', subject: 's', scope: 's' },
      expiresAt: new Date(authorization === 'short' ? Date.now() - 1 : Date.now() + 60_000),
    })
    let token = 'long'
    const { started } = await start({ reader: { read: () => lasting(token) } })
    const onSocket = follow(connect(started, { authorization: 'any' }))
    const onStream = await fetch(started.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: 'any' },
      body: JSON.stringify({ query: STOCK, variables }),
    })
    await expect.poll(() => onSocket.events.length).toBe(1)
    token = 'short'
    await expect.poll(() => onSocket.ended, { timeout: 5_000 }).toMatchObject({ code: 4403 })
    expect(await onStream.text()).toMatch(/"code":"UNAUTHENTICATED".*\n\nevent: complete/)
  })

  it.each([
    ['of somebody else', 'all:bob'],
    ['of other rights', 'few:ann'],
    ['that is not good', 'all:gone'],
  ])('that send a token %s on a running socket are put out', async (_, other) => {
    const { ledger, started } = await start({ reader: reader(new Set(['all:gone'])) })
    const socket = new WebSocket(started.url.replace('http', 'ws'), 'graphql-transport-ws')
    cleanups.push(() => socket.terminate())
    const messages: string[] = []
    socket.on('message', data => messages.push(data.toString()))
    const code = new Promise(resolve => socket.on('close', resolve))
    await new Promise(resolve => socket.on('open', resolve))
    socket.send('{"type":"connection_init","payload":{"authorization":"all:ann"}}')
    socket.send(JSON.stringify({ type: 'ping', payload: { authorization: 'all:ann' } }))
    await expect.poll(() => messages).toContain('{"type":"pong"}')
    socket.send(JSON.stringify({ type: 'ping', payload: { authorization: other } }))
    expect(await code).toBe(4403)
    ledger.change(1)
  })

  it('with a token that is refused are put out at once', async () => {
    const { started } = await start({ reader: reader(new Set(['bad:x'])) })
    const following = follow(connect(started, { authorization: 'bad:x' }))
    await expect.poll(() => following.ended).toMatchObject({ code: 4403 })
  })

  it('open no more sockets than they may', async () => {
    const { started } = await start({ reader: reader(new Set()), limits: { socketsPerCaller: 2 } })
    const first = [1, 2].map(() => follow(connect(started, { authorization: 'all:ann' })))
    await expect.poll(() => first.every(({ events }) => events.length === 1)).toBe(true)
    const third = follow(connect(started, { authorization: 'all:ann' }))
    await expect.poll(() => third.ended).toMatchObject({ code: 4403 })
    const other = follow(connect(started, { authorization: 'all:bob' }))
    await expect.poll(() => other.events.length).toBe(1)
  })
})

describe('a socket', () => {
  const open = (url: string, options: { origin?: string; protocol?: string } = {}) =>
    new Promise<number>(resolve => {
      const socket = new WebSocket(url.replace('http', 'ws'), options.protocol ?? 'graphql-transport-ws', {
        ...(options.origin ? { origin: options.origin } : {}),
      })
      socket.on('open', () => {
        socket.close()
        resolve(101)
      })
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      socket.on('error', () => undefined)
    })

  it('is opened by pages of allowed origins only', async () => {
    const { started } = await start({ cors: { origins: ['https://shop.example'] } })
    expect(await open(started.url, { origin: 'https://evil.example' })).toBe(403)
    expect(await open(started.url, { origin: 'https://shop.example' })).toBe(101)
    expect(await open(started.url, { origin: new URL(started.url).origin })).toBe(101)
    expect(await open(started.url)).toBe(101)
    expect(await open(started.url, { protocol: 'graphql-ws' })).toBe(400)
    expect(await open(started.url.replace('/graphql', '/other'))).toBe(404)
  })

  it.each([
    ['nonsense', 'x', 4400],
    ['a message without a type', '{}', 4400],
    ['a subscription before it is allowed to', '{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}', 4401],
    ['more than a message may hold', 'x'.repeat(120_000), 1009],
  ])('that sends %s is closed', async (_name, text, expected) => {
    const { started } = await start()
    const socket = new WebSocket(started.url.replace('http', 'ws'), 'graphql-transport-ws')
    await new Promise(resolve => socket.on('open', resolve))
    const code = new Promise(resolve => socket.on('close', resolve))
    socket.send(text)
    expect(await code).toBe(expected)
  })

  it('carries a hundred subscriptions and refuses one more, until one has ended', async () => {
    const { started } = await start()
    const client = connect(started)
    const followings = Array.from({ length: 100 }, () => follow(client))
    await expect.poll(() => followings.every(({ events }) => events.length === 1), { timeout: 10_000 }).toBe(true)
    const refused = follow(client)
    await expect.poll(() => refused.ended).toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }])
    followings[0]?.stop()
    const next = follow(client)
    await expect.poll(() => next.events.length).toBe(1)
  })

  it('that does not read is let go, and the others notice nothing', async () => {
    const { ledger, started } = await start({ limits: { socketBufferBytes: 10_000 } })
    const slow = new WebSocket(started.url.replace('http', 'ws'), 'graphql-transport-ws')
    await new Promise(resolve => slow.on('open', resolve))
    const acknowledged = new Promise(resolve => slow.once('message', resolve))
    slow.send('{"type":"connection_init"}')
    await acknowledged
    slow.send(JSON.stringify({ type: 'subscribe', id: 'x'.repeat(200), payload: { query: STOCK, variables } }))
    const { events } = follow(connect(started))
    await expect.poll(() => events.length).toBe(1)
    await expect.poll(() => started.gateway.statistics.subscribers).toBe(2)
    slow.pause()
    let pushed = 1
    while (started.gateway.statistics.drops === 0 && pushed < 200_000) {
      for (let burst = 0; burst < 500; burst++) ledger.change(pushed++)
      await expect.poll(() => events.length, { timeout: 20_000 }).toBe(pushed)
    }
    expect(started.gateway.statistics.drops).toBe(1)
    ledger.change(-1)
    await expect.poll(() => events.at(-1)).toEqual(event(-1))
    await expect.poll(() => started.gateway.statistics.sockets, { timeout: 10_000 }).toBe(1)
    slow.terminate()
  }, 120_000)
})

describe('a new supergraph', () => {
  const renamed = compose(
    streamTexts.map(text =>
      text.name === 'catalog'
        ? { ...text, typeDefs: text.typeDefs.replace('name: String! brand', 'title: String! brand') }
        : text,
    ),
  )
  const extended = compose(
    streamTexts.map(text =>
      text.name === 'catalog'
        ? { ...text, typeDefs: text.typeDefs.replace('brand: Brand', 'brand: Brand colour: String') }
        : text,
    ),
  )

  it('lets compatible subscriptions run on and ends the others', async () => {
    const { ledger, started } = await start()
    const client = connect(started)
    const named = follow(client)
    const plain = follow(client, 'subscription { stockChanged(store: "s1") { level { quantity } } }', {})
    await expect.poll(() => [named, plain].every(({ events }) => events.length === 1)).toBe(true)
    await started.gateway.reload(extended)
    ledger.change(1)
    await expect.poll(() => named.events.at(-1)).toEqual(event(1))
    await started.gateway.reload(renamed)
    await expect.poll(() => named.ended).toMatchObject([{ extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' } }])
    ledger.change(2)
    await expect.poll(() => plain.events.at(-1)).toEqual({ data: { stockChanged: { level: { quantity: 2 } } } })
  })
})

describe('server-sent events', () => {
  it('bring the same to the graphql-sse client', async () => {
    const { ledger, started } = await start()
    const client = createEventClient({ url: started.url, retryAttempts: 0 })
    cleanups.push(() => client.dispose())
    const events: unknown[] = []
    let isComplete = false
    client.subscribe(
      { query: STOCK, variables },
      {
        next: answer => events.push(answer),
        error: error => events.push(error),
        complete: () => {
          isComplete = true
        },
      },
    )
    await expect.poll(() => events).toEqual([event(100)])
    ledger.change(99)
    await expect.poll(() => events).toEqual([event(100), event(99)])
    ledger.complete()
    await expect.poll(() => isComplete).toBe(true)
  })

  it('tell what is wrong with an operation, and are left when the client goes', async () => {
    const { started } = await start()
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const wrong = await fetch(started.url, { method: 'POST', headers, body: '{"query":"subscription { nope }"}' })
    expect(await wrong.text()).toMatch(/event: next\ndata: {"errors":\[{"message":"Cannot query.*\n\nevent: complete\n/)
    const abort = new AbortController()
    const body = JSON.stringify({ query: STOCK, variables })
    await fetch(started.url, { method: 'POST', headers, body, signal: abort.signal })
    await expect.poll(() => started.gateway.statistics.subscribers).toBe(1)
    abort.abort()
    await expect.poll(() => started.gateway.statistics.subscribers).toBe(0)
    const plain = await fetch(started.url, {
      method: 'POST',
      headers: { ...headers, accept: 'application/json' },
      body,
    })
    expect(plain.status).toBe(400)
  })

  it('that are not read are told so and let go', async () => {
    const { ledger, started } = await start({ limits: { socketBufferBytes: 10_000 } })
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const body = JSON.stringify({ query: STOCK, variables })
    const request = http.request(started.url, { method: 'POST', headers })
    cleanups.push(() => request.destroy())
    const answered = new Promise<http.IncomingMessage>(resolve => request.on('response', resolve))
    request.end(body)
    const response = await answered
    response.pause()
    let pushed = 1
    while (started.gateway.statistics.drops === 0 && pushed < 200_000) {
      for (let burst = 0; burst < 500; burst++) ledger.change(pushed++)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect(started.gateway.statistics.drops).toBe(1)
    let text = ''
    response.on('data', data => {
      text = (text + data).slice(-1_000)
    })
    response.resume()
    await new Promise(resolve => response.on('close', resolve))
    expect(text).toMatch(/"code":"TOO_SLOW".*\n\nevent: complete\ndata: \n\n$/)
    await expect.poll(() => started.gateway.statistics.subscribers).toBe(0)
  }, 60_000)
})
