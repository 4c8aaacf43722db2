import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { failureOf, type GraphErrorEntry, GraphFailure } from './problem.ts'
import type { TokenKeeper } from './tokens.ts'

const TIMEOUT_MS = 20_000

export interface GraphClientOptions {
  /** Where the graph is: https://shop.example/graphql */
  readonly url: string
  /** Left out for what anybody may ask. */
  readonly tokens?: TokenKeeper
  readonly fetch?: typeof fetch
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

  return {
    async ask(document, variables, asked = {}) {
      const body = JSON.stringify({ query: textOf(document as TypedDocumentNode<unknown, never>), variables })
      const token = await options.tokens?.accessToken()
      const response = await post(body, token, asked)
      try {
        return await read(response)
      } catch (error) {
        const refused = error instanceof GraphFailure && error.kind === 'signed-out' && token !== undefined
        const fresh = refused ? await options.tokens?.renew(token) : undefined
        if (fresh === undefined) throw error
        // refused before anything was done, so sending it again cannot do it twice
        return read(await post(body, fresh, asked))
      }
    },
  }
}

interface Answer<Data> {
  readonly data?: Data | null
  readonly errors?: readonly GraphErrorEntry[]
}
