import { createClient } from 'graphql-ws'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { hashOf } from '../src/operations/persisted-queries.ts'
import { TrustedOperations } from '../src/operations/trusted-operations.ts'
import { readTrustedOperations } from '../src/operations/trusted-settings.ts'
import { compose } from './kit/compose.ts'
import { createShop, shopTexts } from './kit/shop.ts'
import { type StartedGateway, startGateway } from './kit/start-gateway.ts'

const sdl = compose(shopTexts)
const LISTED = 'query Mine {\n  me {\n    id\n  }\n}'
const OTHER = '{ me { id name } }'
const list = (...bodies: string[]) =>
  JSON.stringify({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: bodies.map(body => ({ id: hashOf(body), name: 'Mine', type: 'query', body })),
  })
const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(text) } })
const REFUSED = [{ message: expect.any(String), extensions: { code: 'OPERATION_NOT_TRUSTED' } }]

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(only: boolean): Promise<StartedGateway & { send(body: unknown): Promise<[number, unknown]> }> {
  const trusted = new TrustedOperations([list(LISTED)], only)
  const started = await startGateway(sdl, createShop(), { trusted })
  cleanups.push(() => started.gateway.stop())
  return {
    ...started,
    send: async body => {
      const response = await fetch(started.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return [response.status, await response.json()]
    },
  }
}

describe('where only listed operations are run', () => {
  it('they are, by hash or by text', async () => {
    const { send } = await start(true)
    const answered = [200, { data: { me: { id: 'u1' } } }]
    expect(await send({ extensions: persisted(LISTED) })).toEqual(answered)
    expect(await send({ query: LISTED })).toEqual(answered)
    expect(await send({ query: LISTED, extensions: persisted(LISTED) })).toEqual(answered)
  })

  it('nothing else is, whichever way it comes in, and however small the change', async () => {
    const { send, url } = await start(true)
    const refused = [403, { errors: REFUSED }]
    expect(await send({ query: OTHER })).toEqual(refused)
    expect(await send({ query: `${LISTED}\n` })).toEqual(refused)
    expect(await send({ query: '{ __typename }' })).toEqual(refused)
    expect(await send({ query: '{ __schema { types { name } } }' })).toEqual(refused)
    expect(await send({ extensions: persisted(OTHER) })).toEqual(refused)
    expect(await send({ query: OTHER, extensions: persisted(OTHER) })).toEqual(refused)
    // it was not taken up by having been sent
    expect(await send({ extensions: persisted(OTHER) })).toEqual(refused)
    const get = await fetch(`${url}?query=${encodeURIComponent(OTHER)}`, {
      headers: { 'apollo-require-preflight': '1' },
    })
    expect(((await get.json()) as { errors: unknown }).errors).toEqual(REFUSED)
    const accepting = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: OTHER }),
    })
    expect(await accepting.text()).toContain('OPERATION_NOT_TRUSTED')
  })

  it('a hash does not lend its trust to another text', async () => {
    const { send } = await start(true)
    const [status, body] = await send({ query: OTHER, extensions: persisted(LISTED) })
    expect(status).not.toBe(200)
    expect(JSON.stringify(body)).not.toContain('"data"')
  })

  it('holds on sockets too', async () => {
    const { url } = await start(true)
    const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 })
    cleanups.push(() => client.dispose())
    const ask = (payload: Record<string, unknown>) =>
      new Promise(resolve => {
        client.subscribe(payload as never, { next: resolve, error: resolve, complete: () => {} })
      })
    expect(await ask({ query: LISTED })).toEqual({ data: { me: { id: 'u1' } } })
    expect(await ask({ query: OTHER })).toEqual(REFUSED)
    expect(await ask({ query: '', extensions: persisted(OTHER) })).toEqual(REFUSED)
    expect(await ask({ query: '', extensions: persisted(LISTED) })).toEqual({ data: { me: { id: 'u1' } } })
  })
})

describe('where they are known, and others run as well', () => {
  it('a hash is enough from the first request on', async () => {
    const { send } = await start(false)
    expect(await send({ extensions: persisted(LISTED) })).toEqual([200, { data: { me: { id: 'u1' } } }])
    expect((await send({ query: OTHER }))[0]).toBe(200)
  })

  it('others are taken up by hash as ever', async () => {
    const { send } = await start(false)
    const [, unknown] = await send({ extensions: persisted(OTHER) })
    expect(unknown).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] })
    await send({ query: OTHER, extensions: persisted(OTHER) })
    expect((await send({ extensions: persisted(OTHER) }))[0]).toBe(200)
  })
})

describe('the list', () => {
  it('is refused when it is no list, or a hash is not that of its text', () => {
    for (const text of ['', '{}', '[]', list(LISTED).replace('"version":1', '"version":2')])
      expect(() => new TrustedOperations([text], true)).toThrow('no manifest')
    expect(() => new TrustedOperations([list(LISTED).replace('me {', 'you {')], true)).toThrow('Mine')
  })

  it('is all that is run in production, and a help to everybody elsewhere', async () => {
    const files = [new URL('../../client/trusted-operations.json', import.meta.url).pathname]
    const read = (environment: Record<string, string>, production: boolean) =>
      readTrustedOperations(environment, { production, files })
    expect((await read({}, true))?.only).toBe(true)
    expect((await read({}, false))?.only).toBe(false)
    expect((await read({ TRUSTED_OPERATIONS: 'known' }, true))?.only).toBe(false)
    expect((await read({ TRUSTED_OPERATIONS: 'only' }, false))?.only).toBe(true)
    expect(await read({ TRUSTED_OPERATIONS: 'off' }, true)).toBeUndefined()
    await expect(read({ TRUSTED_OPERATIONS: 'perhaps' }, true)).rejects.toThrow('TRUSTED_OPERATIONS')
    await expect(readTrustedOperations({ TRUSTED_OPERATIONS: 'only' }, { production: true })).rejects.toThrow('FILES')
  })
})
