import type { GraphAnswer, GraphRequest } from '@tillgraph/kit/graph-request'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { TransportError } from './transport.ts'

const IDLE_CLOSE_MILLISECONDS = 5_000
const KEEP_ALIVE_MILLISECONDS = 10_000
const ACKNOWLEDGE_MILLISECONDS = 5_000

/**
 * Subscriptions at a subgraph in another process: one graphql-ws connection carries all of them. Each brings its
 * caller's headers in `extensions.headers`. A lost connection ends each with a TransportError; coming back is the
 * business of whoever knows where it stood.
 */
export class UpstreamSocket {
  readonly #client: Client

  constructor(url: string) {
    this.#client = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      lazy: true,
      lazyCloseTimeout: IDLE_CLOSE_MILLISECONDS,
      keepAlive: KEEP_ALIVE_MILLISECONDS,
      connectionAckWaitTimeout: ACKNOWLEDGE_MILLISECONDS,
      retryAttempts: 0,
    })
  }

  async *subscribe({ query, operationName, variables, headers, signal }: GraphRequest): AsyncIterable<GraphAnswer> {
    const iterator = this.#client.iterate<Record<string, unknown>>({
      query,
      ...(operationName === undefined ? {} : { operationName }),
      variables: { ...variables },
      extensions: { headers },
    })
    const stop = () => void iterator.return?.()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      for await (const answer of iterator) yield answer as GraphAnswer
    } catch (error) {
      // A list is what the subgraph answered: errors of GraphQL, and the end of the subscription.
      if (!Array.isArray(error)) throw new TransportError('SERVICE_UNAVAILABLE', reasonOf(error))
      yield { errors: error }
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  async stop(): Promise<void> {
    await this.#client.dispose()
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message
  const { code, reason } = (error ?? {}) as { code?: number; reason?: string }
  return `The connection was closed (${code ?? 'no code'} ${reason ?? ''}).`
}
