import { createClient } from 'graphql-ws'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { CallerReader } from '../src/identity/caller-reader.ts'
import { DEFAULT_RATE_LIMITS, type RateLimits } from '../src/limiting/rate-limiter.ts'
import { compose } from './kit/compose.ts'
import { createShop, shopTexts } from './kit/shop.ts'
import { type StartedGateway, startGateway } from './kit/start-gateway.ts'

const sdl = compose(shopTexts)
const QUERY = '{ me { id } }'
const slow = (burst: number) => ({ perSecond: 0.01, burst })
const many = slow(1_000_000)

/** `Bearer tenant/subject` is that caller; anything else is refused. */
const reader: CallerReader = {
  read: authorization => {
    if (authorization === undefined) return { kind: 'anonymous' }
    const [tenantId, subject] = authorization.replace('Bearer ', '').split('/')
    if (!tenantId || !subject) return { kind: 'refused', code: 'UNAUTHENTICATED', message: 'No.' }
    const expiresAt = new Date(Date.now() + 60_000)
    return { kind: 'caller', tenantId, subject, scope: authorization, expiresAt }
  },
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(rateLimits: Partial<RateLimits>, trustedProxies = 0): Promise<StartedGateway> {
  const route = {
    method: 'POST' as const,
    path: '/oauth/token',
    handle: async () => ({ status: 200, headers: {}, body: Buffer.from('ok') }),
  }
  const limits = { anonymous: many, caller: many, tenant: many, ...rateLimits }
  const options = { rateLimits: limits, reader, routes: [route], trustedProxies }
  const started = await startGateway(sdl, createShop(), options)
  cleanups.push(() => started.gateway.stop())
  return started
}

const as = (who: string) => ({ headers: { authorization: `Bearer ${who}` } })

describe('who calls without a name', () => {
  it('is counted by address, told when to come back, and refused whatever is asked', async () => {
    const started = await start({ anonymous: slow(2) })
    expect((await started.ask(QUERY)).status).toBe(200)
    expect((await started.ask('{ nonsense }')).status).toBe(400)
    const { status, body, headers } = await started.ask(QUERY)
    expect(status).toBe(429)
    expect(body.errors).toEqual([
      { message: 'Too many requests; try again later.', extensions: { code: 'TOO_MANY_REQUESTS' } },
    ])
    const seconds = Number(headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(90)
    expect(seconds).toBeLessThanOrEqual(100)
    expect(headers.get('ratelimit-policy')).toBe('"anonymous";q=2;w=200')
    expect(headers.get('ratelimit')).toBe(`"anonymous";r=0;t=${seconds}`)
    const route = await fetch(started.url.replace('/graphql', '/oauth/token'), { method: 'POST' })
    expect(route.status).toBe(429)
    expect(route.headers.get('retry-after')).not.toBeNull()
    // Who has a token is none of them; the state of the gateway is told to whoever asks.
    expect((await started.ask(QUERY, {}, as('t/s'))).status).toBe(200)
    expect((await fetch(started.url.replace('/graphql', '/health'))).status).toBe(200)
  })

  it('is not held up by another address', async () => {
    const started = await start({ anonymous: slow(1) }, 1)
    const from = (address: string) => started.ask(QUERY, {}, { headers: { 'x-forwarded-for': address } })
    expect((await from('203.0.113.1')).status).toBe(200)
    expect((await from('203.0.113.1')).status).toBe(429)
    expect((await from('203.0.113.2')).status).toBe(200)
  })

  it('gains nothing by tokens that are not good', async () => {
    const started = await start({ anonymous: slow(2) })
    const statuses = []
    for (let count = 0; count < 4; count++) statuses.push((await started.ask(QUERY, {}, as('forged'))).status)
    expect(statuses).toEqual([401, 401, 429, 429])
  })

  it('is counted on plain routes from the first request', async () => {
    const started = await start({ anonymous: slow(1) })
    const ask = () => fetch(started.url.replace('/graphql', '/oauth/token'), { method: 'POST' })
    expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(429)
  })
})

describe('every answer', () => {
  it('tells a nameless address what is left of its requests', async () => {
    const started = await start({ anonymous: slow(3) })
    const told = async (query: string) => {
      const { headers } = await started.ask(query)
      return ['ratelimit-policy', 'ratelimit', 'retry-after'].map(name => headers.get(name))
    }
    expect(await told(QUERY)).toEqual(['"anonymous";q=3;w=300', '"anonymous";r=2;t=100', null])
    // wrong ones count, and are told, like others
    expect(await told('{ nonsense }')).toEqual(['"anonymous";q=3;w=300', '"anonymous";r=1;t=200', null])
    expect(await told(QUERY)).toEqual(['"anonymous";q=3;w=300', '"anonymous";r=0;t=300', null])
    expect(await told(QUERY)).toEqual(['"anonymous";q=3;w=300', '"anonymous";r=0;t=100', '100'])
  })

  it('tells who has a token of the limit that is nearer, theirs or that of their business', async () => {
    const started = await start({ caller: slow(100), tenant: slow(140) })
    const dear = '{ topProducts(first: 40) { upc } }'
    const told = async (who: string) => (await started.ask(dear, {}, as(who))).headers.get('ratelimit')
    expect(await told('t/one')).toMatch(/^"caller";r=50;/)
    expect(await told('t/two')).toMatch(/^"tenant";r=50;/)
  })

  it('tells it also where Apollo Server answers, and on events', async () => {
    const started = await start({ caller: slow(1_000) })
    const authorization = 'Bearer t/s'
    const odd = await fetch(`${started.url}?query=${encodeURIComponent(QUERY)}`, {
      headers: { 'content-type': 'application/json; charset=utf-8', authorization },
    })
    expect([odd.status, odd.headers.get('ratelimit')?.slice(0, 10)]).toEqual([200, '"caller";r'])
    const events = await fetch(started.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
      body: JSON.stringify({ query: '{ me { name id } }' }),
    })
    expect(events.headers.get('ratelimit')?.slice(0, 10)).toBe('"caller";r')
    await events.body?.cancel()
  })

  it('says nothing of limits where nobody is counted', async () => {
    const started = await startGateway(sdl, createShop(), { reader })
    cleanups.push(() => started.gateway.stop())
    expect((await started.ask(QUERY)).headers.get('ratelimit')).toBeNull()
  })
})

describe('who has a token', () => {
  it('pays for what an operation costs', async () => {
    const started = await start({ caller: slow(100) })
    const dear = '{ topProducts(first: 40) { upc } }'
    // Ten for looking at an operation that nobody has sent before, and forty for running it each time.
    const statuses = []
    for (let count = 0; count < 4; count++) statuses.push((await started.ask(dear, {}, as('t/s'))).status)
    expect(statuses).toEqual([200, 200, 429, 429])
    const refused = await started.ask(dear, {}, as('t/s'))
    expect(refused.headers.get('ratelimit-policy')).toBe('"caller";q=100;w=10000')
    expect((await started.ask('{ me { id } }', {}, as('t/other'))).status).toBe(200)
  })

  it('pays for what it makes the gateway read, before it is read', async () => {
    const started = await start({ caller: slow(25) })
    const statuses = []
    for (let count = 0; count < 4; count++) statuses.push((await started.ask(`{ a${count} }`, {}, as('t/s'))).status)
    expect(statuses).toEqual([400, 400, 429, 429])
  })

  it('pays the same on the way of what is out of the ordinary', async () => {
    const started = await start({ caller: slow(100) })
    const dear = '{ topProducts(first: 70) { upc } }'
    // Spelled so that Apollo Server has to say whether it may be answered.
    const headers = { 'content-type': 'application/json; charset=utf-8', ...as('t/s').headers }
    const ask = () => fetch(`${started.url}?query=${encodeURIComponent(dear)}`, { headers })
    expect((await ask()).status).toBe(200)
    // Ten for each that has to be looked at, and seventy for running it: the second is known to be too much only then.
    const second = await ask()
    expect(second.status).toBe(429)
    expect(await second.json()).toMatchObject({ errors: [{ extensions: { code: 'TOO_MANY_REQUESTS' } }] })
    expect(second.headers.get('ratelimit-policy')).toBe('"caller";q=100;w=10000')
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('shares what a business may use, and no other business notices', async () => {
    const started = await start({ tenant: slow(13) })
    expect((await started.ask(QUERY, {}, as('t/a'))).status).toBe(200)
    expect((await started.ask(QUERY, {}, as('t/b'))).status).toBe(200)
    expect((await started.ask(QUERY, {}, as('t/c'))).status).toBe(200)
    const refused = await started.ask(QUERY, {}, as('t/d'))
    expect(refused.status).toBe(429)
    expect(refused.headers.get('ratelimit-policy')).toMatch(/^"tenant";q=13;/)
    expect((await started.ask(QUERY, {}, as('u/a'))).status).toBe(200)
  })
})

describe('on a socket', () => {
  it.each([
    ['a caller', 'Bearer t/s', { caller: slow(11) }],
    ['a nameless client', undefined, { anonymous: slow(1) }],
  ])('%s is counted by what is subscribed', async (_name, authorization, rates) => {
    const started = await start(rates)
    const client = createClient({
      url: started.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: authorization ? { authorization } : {},
      retryAttempts: 0,
    })
    cleanups.push(() => client.dispose())
    const ask = () =>
      new Promise((resolve, reject) =>
        client.subscribe({ query: QUERY }, { next: resolve, error: reject, complete() {} }),
      )
    expect(await ask()).toMatchObject({ data: { me: { id: 'u1' } } })
    await expect(ask()).rejects.toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }])
  })
})

it('the limits that are usual are not met by a shop that works', async () => {
  const started = await start(DEFAULT_RATE_LIMITS)
  const answers = await Promise.all(Array.from({ length: 200 }, () => started.ask(QUERY, {}, as('t/s'))))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
})
