import { request as httpRequest } from 'node:http'
import net from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallerReader } from '../src/identity/caller-reader.ts'
import { compose } from './kit/compose.ts'
import { createShop, shopTexts } from './kit/shop.ts'
import { type StartedGateway, startGateway } from './kit/start-gateway.ts'
import type { TestSubgraph } from './kit/subgraph.ts'

const sdl = compose(shopTexts)
const shop = createShop()
const users = shop.get('users') as TestSubgraph
const INSIDE = /users|serviceName|stack|127\.0\.0\.1|node_modules|\.ts\b|ECONN/i
let open: StartedGateway
let guarded: StartedGateway

const reader: CallerReader = {
  read: authorization => {
    if (authorization === undefined) return { kind: 'anonymous' }
    if (authorization !== 'Bearer good')
      return { kind: 'refused', code: 'UNAUTHENTICATED', message: 'The token has expired.' }
    const expiresAt = new Date(Date.now() + 60_000)
    return { kind: 'caller', tenantId: 't', subject: 's', scope: 't:all', expiresAt }
  },
}

beforeAll(async () => {
  open = await startGateway(sdl, shop)
  guarded = await startGateway(sdl, shop, { production: true, reader, cors: { origins: ['https://shop.example'] } })
})

afterAll(async () => {
  await open.gateway.stop()
  await guarded.gateway.stop()
})

function send(
  started: StartedGateway,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(started.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
}

describe('what a request may ask for', () => {
  const nested = (depth: number) => `{ me ${'{ reviews { author '.repeat(depth)} { id } ${'} }'.repeat(depth)} }`
  const refused: [string, string][] = [
    ['depth', nested(20)],
    ['aliases', `{ ${Array.from({ length: 61 }, (_, index) => `a${index}: __typename`).join(' ')} }`],
    ['root fields', `{ ${'me { id } '.repeat(31)} }`],
    ['directives', `{ me { id ${'@include(if: true) '.repeat(101)} } }`],
    ['tokens', `{ me { ${'id '.repeat(4_000)} } }`],
    [
      'selections, however they are folded',
      `{ me { ...A0 } } ${Array.from({ length: 14 }, (_, i) => `fragment A${i} on User { ...A${i + 1} ...A${i + 1} }`).join(' ')} fragment A14 on User { id }`,
    ],
  ]
  it.each(refused)('is limited in %s', async (_name, query) => {
    const { status, body } = await open.ask(query)
    expect(status).toBe(400)
    expect(body.errors).toHaveLength(1)
    expect(body.errors?.[0].extensions.code).toMatch(/GRAPHQL_(VALIDATION|PARSE)_FAILED/)
    expect(body.data).toBeUndefined()
  })

  it('is not limited where it stays within', async () => {
    const { status } = await open.ask(nested(5))
    expect(status).toBe(200)
  })

  it('is limited in cost where lists are nested in lists', async () => {
    const { status, body } = await open.ask(nested(6))
    expect(status).toBe(400)
    expect(body.errors?.[0].extensions).toMatchObject({ code: 'TOO_EXPENSIVE', limit: 10_000 })
  })

  it('holds variables no deeper than anyone can bear', async () => {
    const deep = `{"query":"{ me { id } }","variables":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`
    const response = await send(open, deep)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })
})

describe('a body', () => {
  it('of more than 100 kB is refused, announced or not', async () => {
    const large = JSON.stringify({ query: '{ me { id } }', padding: 'x'.repeat(110_000) })
    const announced = await send(open, large)
    expect(announced.status).toBe(413)
    expect(await announced.json()).toMatchObject({ errors: [{ extensions: { code: 'TOO_LARGE' } }] })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(
        open.url,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        response => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      request.on('error', reject)
      for (let part = 0; part < 11; part++) request.write('x'.repeat(10_000))
      request.end()
    })
    expect(status).toBe(413)
  })

  it.each([
    ['compressed', gzipSync('{"query":"{ me { id } }"}'), { 'content-encoding': 'gzip' }, 415],
    [
      'in another character set',
      '{"query":"{ me { id } }"}',
      { 'content-type': 'application/json; charset=utf-16' },
      415,
    ],
    ['that is no UTF-8', Buffer.from('{"query":"{ me { id } } #\xff\xfe"}', 'latin1'), {}, 400],
    ['that is no JSON', '{"query":', {}, 400],
    ['that is JSON to the bottom of the stack', '['.repeat(90_000), {}, 400],
  ] as const)('%s is refused', async (_name, body, headers, status) => {
    const response = await send(open, body, headers)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  })

  it('with a key twice means the last one', async () => {
    const response = await send(open, '{"query":"{ nope }","query":"{ me { id } }"}')
    expect(await response.json()).toEqual({ data: { me: { id: 'u1' } } })
  })

  it('with names that objects inherit does no harm', async () => {
    const response = await send(open, '{"query":"{ __proto__: me { constructor: id toString: name } }"}')
    expect(await response.text()).toBe('{"data":{"__proto__":{"constructor":"u1","toString":"Ada Lovelace"}}}\n')
    expect(({} as Record<string, unknown>).constructor).toBe(Object)
    const variables = await send(open, '{"query":"{ me { id } }","variables":{"__proto__":{"polluted":true}}}')
    expect(variables.status).toBe(200)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('in production', () => {
  it('nothing of the inside is told when a subgraph breaks', async () => {
    for (const before of [
      () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5432')),
      () => ({ data: { me: null }, errors: [{ message: 'relation "users" does not exist', path: ['me'] }] }),
      () => ({
        data: { me: null },
        errors: [
          { message: 'boom', path: ['me'], extensions: { code: 'INTERNAL_SERVER_ERROR', stacktrace: ['at users.ts'] } },
        ],
      }),
    ]) {
      users.before = before
      const { status, body, headers } = await guarded.ask('{ me { id } }')
      expect(status).toBe(200)
      expect(body.data).toEqual({ me: null })
      expect(JSON.stringify(body)).not.toMatch(INSIDE)
      const code = body.errors?.[0].extensions.code
      if (code === 'INTERNAL_SERVER_ERROR')
        expect(body.errors?.[0].extensions.requestId).toBe(headers.get('x-request-id'))
      else expect(code).toBe('SERVICE_UNAVAILABLE')
    }
    users.before = undefined
  })

  it('what a subgraph says on purpose is passed on', async () => {
    users.before = () => ({
      data: { me: null },
      errors: [{ message: 'Only managers may see this.', path: ['me'], extensions: { code: 'FORBIDDEN' } }],
    })
    const { body } = await guarded.ask('{ me { id } }')
    expect(body.errors).toEqual([
      { message: 'Only managers may see this.', path: ['me'], extensions: { code: 'FORBIDDEN' } },
    ])
    users.before = undefined
  })

  it('no suggestion is made and no introspection answered', async () => {
    const { body } = await guarded.ask('{ me { nam } }')
    expect(body.errors?.[0].message).toBe('Cannot query field "nam" on type "User".')
    const variable = await guarded.ask('query ($n: Int) { topProducts(first: $n) { upc } }', { n: 'x' })
    expect(variable.status).toBe(400)
    const introspection = await guarded.ask('{ __schema { types { name } } }')
    expect(introspection.status).toBe(400)
    expect(introspection.body.errors?.[0].extensions.validationErrorCode).toBe('INTROSPECTION_DISABLED')
    const typename = await guarded.ask('{ __typename }')
    expect(typename.body).toEqual({ data: { __typename: 'Query' } })
  })
})

describe('a caller', () => {
  it('whose token is refused gets 401 before anything runs', async () => {
    users.requests.length = 0
    const { status, body, headers } = await guarded.ask(
      '{ me { id } }',
      {},
      { headers: { authorization: 'Bearer old' } },
    )
    expect(status).toBe(401)
    expect(body).toEqual({ errors: [{ message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(users.requests).toHaveLength(0)
  })

  it('is handed on to the subgraph with the name of the request, and nothing else of its headers', async () => {
    users.requests.length = 0
    const headers = {
      authorization: 'Bearer good',
      'x-request-id': 'till-7:42',
      cookie: 'secret=1',
      'idempotency-key': 'k1',
    }
    const answer = await guarded.ask('{ me { id } }', {}, { headers })
    expect(answer.headers.get('x-request-id')).toBe('till-7:42')
    expect(users.requests[0]?.headers).toEqual({
      authorization: 'Bearer good',
      'x-request-id': 'till-7:42',
      'idempotency-key': 'k1',
      'x-client-address': '127.0.0.1',
    })
  })

  it('cannot choose a name for a request that would be unsafe to log', async () => {
    const { headers } = await open.ask('{ me { id } }', {}, { headers: { 'x-request-id': 'a b<script>' } })
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('shares a read with an equal one that is running, but never with another token', async () => {
    users.requests.length = 0
    let release = () => {}
    const gate = new Promise<undefined>(resolve => {
      release = () => resolve(undefined)
    })
    users.before = () => gate
    const ask = (authorization: string) => open.ask('{ users { id } }', {}, { headers: { authorization } })
    const running = [ask('a'), ask('a'), ask('a'), ask('b')]
    await expect.poll(() => users.requests.length).toBe(2)
    release()
    const answers = await Promise.all(running)
    users.before = undefined
    expect(users.requests.map(({ headers }) => headers.authorization).sort()).toEqual(['a', 'b'])
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  it('sees its own change, even while an older read is still running', async () => {
    const releases: (() => void)[] = []
    users.before = ({ query }) =>
      query.startsWith('mutation') ? undefined : new Promise(resolve => releases.push(() => resolve(undefined)))
    const query = 'query Own { user(id: "u2") { name } }'
    users.requests.length = 0
    const older = open.ask(query)
    await expect.poll(() => releases.length).toBe(1)
    await open.ask('mutation { rename(id: "u2", name: "New name") { id } }')
    const newer = open.ask(query)
    await expect.poll(() => releases.length).toBe(2)
    for (const release of releases) release()
    expect((await newer).body).toEqual({ data: { user: { name: 'New name' } } })
    await older
    users.before = undefined
  })
})

describe('the port', () => {
  it('sends security headers with everything', async () => {
    for (const path of ['/graphql', '/health', '/nowhere']) {
      const response = await fetch(new URL(path, guarded.url))
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('x-frame-options')).toBe('DENY')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('strict-transport-security')).toContain('max-age=')
      await response.arrayBuffer()
    }
  })

  it('lets in pages of configured origins only', async () => {
    const preflight = (origin: string) =>
      fetch(guarded.url, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      })
    const allowed = await preflight('https://shop.example')
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example')
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization,content-type')
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
    const foreign = await send(guarded, '{"query":"{ __typename }"}', { origin: 'https://evil.example' })
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('answers nonsense on the wire without falling over', async () => {
    const { port } = new URL(open.url)
    for (const bytes of [
      'GARBAGE\r\n\r\n',
      'GET / HTTP/1.1\r\nx: '.concat('y'.repeat(20_000), '\r\n\r\n'),
      '\u0000\u0001\u0002\r\n\r\n',
    ]) {
      const answer = await new Promise<string>(resolve => {
        const socket = net.connect(Number(port), '127.0.0.1', () => socket.write(bytes))
        let text = ''
        socket.on('data', data => {
          text += data
        })
        socket.on('error', () => resolve(text))
        socket.on('close', () => resolve(text))
      })
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    }
    expect((await open.ask('{ __typename }')).status).toBe(200)
  })

  it('gives up on what takes too long, and tells subgraphs to give up as well', async () => {
    await using started = await startGateway(sdl, shop, { limits: { requestMilliseconds: 300 } })
    let signal: AbortSignal | undefined
    users.before = request => {
      signal = request.signal
      return new Promise(resolve => request.signal?.addEventListener('abort', () => resolve({ data: { me: null } })))
    }
    const { status, body } = await started.ask('query Slow { me { id } }')
    users.before = undefined
    expect(status).toBe(504)
    expect(body.errors?.[0].extensions.code).toBe('TIMED_OUT')
    await expect.poll(() => signal?.aborted).toBe(true)
  })

  it('finishes what runs before it closes', async () => {
    const started = await startGateway(sdl, shop)
    let release = () => {}
    users.before = () =>
      new Promise(resolve => {
        release = () => resolve(undefined)
      })
    users.requests.length = 0
    const running = started.ask('{ me { id } }')
    await expect.poll(() => users.requests.length).toBe(1)
    const stopping = started.gateway.stop()
    expect(started.gateway.ready()).toBe(false)
    release()
    const { body, headers } = await running
    expect(body).toEqual({ data: { me: { id: 'u1' } } })
    expect(headers.get('connection')).toBe('close')
    await stopping
    users.before = undefined
    await expect(started.ask('{ me { id } }')).rejects.toThrow()
  })
})
