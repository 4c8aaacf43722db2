import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { getOperationAST, print } from 'graphql'
import { type Client, CloseCode, createClient } from 'graphql-ws'
import { failureOf, type GraphErrorEntry, GraphFailure } from './problem.ts'
import type { TokenKeeper } from './tokens.ts'

const RETRIES = Number.POSITIVE_INFINITY
const FIRST_PAUSE_MS = 300
const LONGEST_PAUSE_MS = 15_000
const KEEP_ALIVE_MS = 20_000

export interface LiveOptions {
  /** Where the graph's sockets are: wss://shop.example/graphql */
  readonly url: string
  readonly tokens?: TokenKeeper
  /** A WebSocket implementation where the platform has none (Node 20): that of package ws. */
  readonly webSocket?: unknown
  /** Told whether what is shown is live at the moment. */
  readonly onConnection?: (connected: boolean) => void
}

/**
 * Pushes from the graph over one socket, which is opened with the first subscription and opened again when it breaks.
 * A subscription that takes `$after` and asks for `version` goes on from the version it heard last, so that it misses
 * nothing and hears nothing twice; any other begins anew.
 */
export interface Live {
  /** Hears each event until the returned function is called. `failed` ends it: it is not tried again by itself. */
  watch<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    listener: { event(data: Data): void; failed?(failure: GraphFailure): void },
  ): () => void
  close(): Promise<void>
}

export function connectLive(options: LiveOptions): Live {
  const client: Client = createClient({
    url: options.url,
    lazy: true,
    keepAlive: KEEP_ALIVE_MS,
    retryAttempts: RETRIES,
    shouldRetry: () => true,
    retryWait: tries => new Promise(resolve => setTimeout(resolve, pauseBefore(tries))),
    connectionParams: async () => {
      const token = await options.tokens?.accessToken()
      return token === undefined ? {} : { authorization: `Bearer ${token}` }
    },
    on: {
      connected: () => options.onConnection?.(true),
      closed: () => options.onConnection?.(false),
    },
    ...(options.webSocket === undefined ? {} : { webSocketImpl: options.webSocket }),
  })

  return {
    watch(document, variables, listener) {
      // the client sends this object again whenever its socket is opened again
      const payload = { query: print(document), variables: { ...variables } as Record<string, unknown> }
      const canGoOn = takesAfter(document)
      return client.subscribe(payload, {
        next: answer => {
          const version = canGoOn ? versionIn(answer.data) : undefined
          if (version !== undefined) payload.variables.after = version
          if (answer.errors?.length && !answer.data) listener.failed?.(failureOf(answer.errors as GraphErrorEntry[]))
          else if (answer.data) listener.event(answer.data as never)
        },
        error: error => listener.failed?.(asFailure(error)),
        complete: () => {},
      })
    },
    close: async () => {
      await client.dispose()
    },
  }
}

function takesAfter(document: TypedDocumentNode<unknown, never>): boolean {
  const operation = getOperationAST(document)
  return operation?.variableDefinitions?.some(({ variable }) => variable.name.value === 'after') === true
}

/** That of the one root field of a subscription. */
function versionIn(data: unknown): unknown {
  const [root] = Object.values((data ?? {}) as Record<string, { readonly version?: unknown } | null>)
  return root?.version ?? undefined
}

/** Twice as long each time, with a random part, so that a thousand tills do not come back in one instant. */
function pauseBefore(tries: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries)
  return longest / 2 + Math.random() * (longest / 2)
}

function asFailure(error: unknown): GraphFailure {
  if (Array.isArray(error)) return failureOf(error as GraphErrorEntry[])
  const code = (error as { code?: number } | null)?.code
  if (code === CloseCode.Forbidden || code === CloseCode.Unauthorized)
    return new GraphFailure('signed-out', 'This sign-in has ended; sign in again.', { cause: error })
  return new GraphFailure('unreachable', 'The connection to the shop was lost.', { cause: error })
}
