import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { failureOf, type GraphErrorEntry, GraphFailure } from './problem.ts'
import type { TokenKeeper } from './tokens.ts'

const TIMEOUT_MS = 20_000
/** How often a request is sent again that was turned away before anything was done, and how long it waits at the most. */
const OVERLOADED_RETRIES = 3
const OVERLOADED_WAIT_SECONDS_MOST = 10

export interface GraphClientOptions {
  /** Where the graph is: https://shop.example/graphql */
  readonly url: string
  /** Left out for what anybody may ask. */
  readonly tokens?: TokenKeeper
  readonly fetch?: typeof fetch
  /** From 0 to 1, so that not all who were turned away come back in the same moment. */
  readonly random?: () => number
}

export interface AskOptions {
  /**
   * Makes a mutation safe to send again: the same key has one effect, for ever. Make it once for what the person did
   * (a click), not once for each try.
   */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
  /** Default 20,000. */
  readonly timeoutMs?: number
}

/** Asks the graph; answers are typed by the document. Throws a GraphFailure, and nothing else. */
export interface GraphClient {
  ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    options?: AskOptions,
  ): Promise<Data>
}

export function createGraphClient(options: GraphClientOptions): GraphClient {
  const send = options.fetch ?? fetch
  const random = options.random ?? Math.random
  const texts = new WeakMap<object, string>()

  /** The document as text, worked out once. */
  function textOf(document: TypedDocumentNode<unknown, never>): string {
    let text = texts.get(document)
    if (text === undefined) {
      text = print(document)
      texts.set(document, text)
    }
    return text
  }

  async function post(body: string, token: string | undefined, asked: AskOptions): Promise<Response> {
    const timeout = AbortSignal.timeout(asked.timeoutMs ?? TIMEOUT_MS)
    try {
      return await send(options.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(asked.idempotencyKey === undefined ? {} : { 'idempotency-key': asked.idempotencyKey }),
        },
        body,
        signal: asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout,
      })
    } catch (cause) {
      throw new GraphFailure('unreachable', 'The shop cannot be reached at the moment.', { cause })
    }
  }

  async function read<Data>(response: Response): Promise<Data> {
    const answer = (await response.json().catch(() => undefined)) as Answer<Data> | undefined
    const retryAfter = Number(response.headers.get('retry-after')) || undefined
    if (!answer) throw new GraphFailure('failed', `The shop answered with status ${response.status}.`)
    if (answer.errors?.length) throw failureOf(answer.errors, retryAfter)
    if (answer.data === undefined || answer.data === null) throw new GraphFailure('failed', 'The answer is empty.')
    return answer.data
  }

  /**
   * Waits as long as the gateway says, and up to as long again, and sends it again: what was turned away at the door
   * had no effect, so that is safe for mutations too. Only a whole request that was turned away says how long to wait.
   */
  async function patiently<Data>(send: () => Promise<Data>, { signal }: AskOptions): Promise<Data> {
    for (let retries = 0; ; retries++) {
      try {
        return await send()
      } catch (error) {
        if (!(error instanceof GraphFailure) || error.kind !== 'overloaded') throw error
        const seconds = error.retryAfterSeconds
        if (seconds === undefined || retries === OVERLOADED_RETRIES || signal?.aborted) throw error
        const wait = Math.min(seconds, OVERLOADED_WAIT_SECONDS_MOST) * 1_000 * (1 + random())
        await new Promise(resolve => setTimeout(resolve, wait))
        if (signal?.aborted) throw error
      }
    }
  }

  /** By its hash alone, where it has one. What is sent again was refused before anything was done. */
  async function exchange<Data>(
    { whole, short }: { readonly whole: string; readonly short: string | undefined },
    token: string | undefined,
    asked: AskOptions,
  ): Promise<Data> {
    if (short === undefined) return read(await post(whole, token, asked))
    try {
      return await read(await post(short, token, asked))
    } catch (error) {
      if (!isUnknownHash(error)) throw error
      return read(await post(whole, token, asked))
    }
  }

  return {
    async ask(document, variables, asked = {}) {
      const query = textOf(document as TypedDocumentNode<unknown, never>)
      const sha256Hash = (document as { readonly __meta__?: { readonly hash?: string } }).__meta__?.hash
      const extensions = sha256Hash === undefined ? undefined : { persistedQuery: { version: 1, sha256Hash } }
      const whole = JSON.stringify({ query, variables, extensions })
      const short = extensions && JSON.stringify({ variables, extensions })
      const token = await options.tokens?.accessToken()
      try {
        return await patiently(() => exchange({ whole, short }, token, asked), asked)
      } catch (error) {
        const refused = error instanceof GraphFailure && error.kind === 'signed-out' && token !== undefined
        const fresh = refused ? await options.tokens?.renew(token) : undefined
        if (fresh === undefined) throw error
        // refused before anything was done, so sending it again cannot do it twice
        return patiently(() => exchange({ whole, short }, fresh, asked), asked)
      }
    },
  }
}

/** The gateway knows the document by its hash when it was given the list of them, or has been sent it before. */
function isUnknownHash(error: unknown): boolean {
  return error instanceof GraphFailure && error.errors[0]?.extensions?.code === 'PERSISTED_QUERY_NOT_FOUND'
}

interface Answer<Data> {
  readonly data?: Data | null
  readonly errors?: readonly GraphErrorEntry[]
}
