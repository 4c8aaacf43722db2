import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { parse } from 'graphql'
import { describe, expect, test, vi } from 'vitest'
import { createGraphClient } from './graph-client.ts'
import { GraphFailure } from './problem.ts'
import { TokenKeeper } from './tokens.ts'

const document = parse('query Name { name }') as TypedDocumentNode<{ name: string }, Record<string, never>>

interface Seen {
  authorization: string | null
  key: string | null
  body: string
}

/** A fetch that answers from a list and remembers what it was asked. */
function answering(...answers: (Response | Error)[]) {
  const seen: Seen[] = []
  const send = (async (_url: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    seen.push({
      authorization: headers.get('authorization'),
      key: headers.get('idempotency-key'),
      body: String(init.body),
    })
    const answer = answers.shift()
    if (!answer || answer instanceof Error) throw answer ?? new Error('asked too often')
    return answer
  }) as typeof fetch
  return { send, seen }
}

const json = (body: unknown, init?: ResponseInit) => new Response(JSON.stringify(body), init)
const errors = (code: string) => ({ errors: [{ message: `refused with ${code}`, extensions: { code } }] })

async function signedIn(refreshed: string) {
  const tokens = new TokenKeeper({
    refresh: async () => ({ accessToken: refreshed, refreshToken: 'r2', accessTokenExpiresAt: '2999-01-01T00:00:00Z' }),
  })
  await tokens.signedIn({ accessToken: 'a1', refreshToken: 'r1', accessTokenExpiresAt: '2999-01-01T00:00:00Z' })
  return tokens
}

describe('asking the graph', () => {
  test('an answer comes back typed, with the token and the key on its way', async () => {
    const { send, seen } = answering(json({ data: { name: 'Corner Coffee' } }))
    const graph = createGraphClient({ url: 'http://shop/graphql', tokens: await signedIn('a2'), fetch: send })
    expect((await graph.ask(document, {}, { idempotencyKey: 'click-1234' })).name).toBe('Corner Coffee')
    expect(seen[0]).toMatchObject({ authorization: 'Bearer a1', key: 'click-1234' })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ query: 'query Name {\n  name\n}', variables: {} })
  })

  test('a document of ours is named by its hash, and sent only where the gateway does not know it', async () => {
    const hash = 'a'.repeat(64)
    const ours = { ...document, __meta__: { hash } } as typeof document
    const known = answering(json({ data: { name: 'x' } }))
    await createGraphClient({ url: 'http://shop/graphql', fetch: known.send }).ask(ours, {})
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } }
    expect(known.seen.map(({ body }) => JSON.parse(body))).toEqual([{ variables: {}, extensions }])

    const unknown = answering(json(errors('PERSISTED_QUERY_NOT_FOUND')), json({ data: { name: 'x' } }))
    await createGraphClient({ url: 'http://shop/graphql', fetch: unknown.send }).ask(ours, {}, { idempotencyKey: 'k' })
    expect(JSON.parse(unknown.seen[1]?.body ?? '')).toEqual({
      query: 'query Name {\n  name\n}',
      variables: {},
      extensions,
    })
    expect(unknown.seen.map(({ key }) => key)).toEqual(['k', 'k'])
  })

  test('a refused token is renewed and the request sent once more', async () => {
    const { send, seen } = answering(json(errors('UNAUTHENTICATED'), { status: 401 }), json({ data: { name: 'x' } }))
    const graph = createGraphClient({ url: 'http://shop/graphql', tokens: await signedIn('a2'), fetch: send })
    expect(await graph.ask(document, {})).toEqual({ name: 'x' })
    expect(seen.map(one => one.authorization)).toEqual(['Bearer a1', 'Bearer a2'])
  })

  test('a token refused twice is given up: no endless loop', async () => {
    const refused = () => json(errors('UNAUTHENTICATED'), { status: 401 })
    const { send, seen } = answering(refused(), refused(), refused())
    const graph = createGraphClient({ url: 'http://shop/graphql', tokens: await signedIn('a2'), fetch: send })
    await expect(graph.ask(document, {})).rejects.toMatchObject({ kind: 'signed-out' })
    expect(seen).toHaveLength(2)
  })

  test.each([
    ['FORBIDDEN', 'forbidden'],
    ['TOO_MANY_REQUESTS', 'too-many'],
    ['INTERNAL_SERVER_ERROR', 'failed'],
    ['SERVICE_UNAVAILABLE', 'unreachable'],
    ['GRAPHQL_VALIDATION_FAILED', 'refused'],
  ])('%s is told as %s', async (code, kind) => {
    const { send } = answering(json(errors(code)))
    const failure = await createGraphClient({ url: 'http://shop/graphql', fetch: send })
      .ask(document, {})
      .catch(e => e)
    expect(failure).toBeInstanceOf(GraphFailure)
    expect(failure).toMatchObject({ kind, message: `refused with ${code}` })
  })

  test('what was turned away at the door is sent again, a little later than it is told to', async () => {
    vi.useFakeTimers()
    const turnedAway = () => json(errors('OVERLOADED'), { status: 503, headers: { 'retry-after': '2' } })
    const { send, seen } = answering(turnedAway(), turnedAway(), json({ data: { name: 'x' } }))
    const client = createGraphClient({ url: 'http://shop/graphql', fetch: send, random: () => 0.5 })
    const asked = client.ask(document, {}, { idempotencyKey: 'k' })
    await vi.advanceTimersByTimeAsync(2_999)
    expect(seen).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(seen).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await asked).toEqual({ name: 'x' })
    expect(seen.map(({ key }) => key)).toEqual(['k', 'k', 'k'])
    vi.useRealTimers()
  })

  test('and is told as it is when that does not help, or when only a part of it was turned away', async () => {
    vi.useFakeTimers()
    const turnedAway = () => json(errors('OVERLOADED'), { status: 503, headers: { 'retry-after': '1' } })
    const { send, seen } = answering(...Array.from({ length: 9 }, turnedAway))
    const asked = createGraphClient({ url: 'http://shop/graphql', fetch: send }).ask(document, {})
    const told = expect(asked).rejects.toMatchObject({ kind: 'overloaded', retryAfterSeconds: 1 })
    await vi.advanceTimersByTimeAsync(60_000)
    await told
    expect(seen).toHaveLength(4)
    vi.useRealTimers()
    const part = answering(json(errors('OVERLOADED')))
    await expect(
      createGraphClient({ url: 'http://shop/graphql', fetch: part.send }).ask(document, {}),
    ).rejects.toMatchObject({ kind: 'overloaded' })
    expect(part.seen).toHaveLength(1)
  })

  test('how long to wait is told', async () => {
    const { send } = answering(json(errors('TOO_MANY_REQUESTS'), { status: 429, headers: { 'retry-after': '7' } }))
    await expect(
      createGraphClient({ url: 'http://shop/graphql', fetch: send }).ask(document, {}),
    ).rejects.toMatchObject({ retryAfterSeconds: 7 })
  })

  test.each([
    ['no network', new TypeError('fetch failed'), 'unreachable'],
    ['a page of a proxy instead of an answer', new Response('<html>', { status: 502 }), 'failed'],
  ])('%s is told as a failure of ours', async (_, answer, kind) => {
    const { send } = answering(answer)
    await expect(
      createGraphClient({ url: 'http://shop/graphql', fetch: send }).ask(document, {}),
    ).rejects.toMatchObject({ name: 'GraphFailure', kind })
  })
})
