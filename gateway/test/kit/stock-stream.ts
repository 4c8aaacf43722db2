import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GraphRequest } from '@tillgraph/kit/graph-request'
import { parse } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { SubgraphText } from './compose.ts'
import { TestSubgraph } from './subgraph.ts'

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@external", "@shareable"])'

export const streamTexts: readonly SubgraphText[] = [
  {
    name: 'inventory',
    typeDefs: `${LINK}
      type Query { store(id: ID!): Store }
      type Store @key(fields: "id") { id: ID! }
      type Level { product: Product! quantity: Int! }
      type StockChange { version: Int! level: Level! note: String }
      type Product @key(fields: "sku") { sku: ID! }
      interface Counted { number: Int! }
      type Tick implements Counted { number: Int! product: Product! }
      type Recount implements Counted { number: Int! by: String! }
      union Happening = StockChange | Tick
      type Subscription {
        stockChanged(store: ID!, after: Int): StockChange!
        ticks(store: ID!): Tick
        happenings(store: ID!): Happening
        counted(store: ID!): Counted
        refused: Tick
      }`,
  },
  {
    name: 'catalog',
    typeDefs: `${LINK}
      type Query { product(sku: ID!): Product }
      type Product @key(fields: "sku") { sku: ID! name: String! brand: Brand }
      type Brand { name: String! }`,
  },
  {
    name: 'delivery',
    typeDefs: `${LINK}
      type Query { deliveries: Int }
      type Product @key(fields: "sku") { sku: ID! nextDelivery: String }`,
  },
]

interface Change {
  readonly __typename: 'StockChange'
  readonly version: number
  readonly level: { readonly product: { readonly sku: string }; readonly quantity: number }
}

/** Stock as inventory streams it: a snapshot first, then each change; `after` replays what was missed. */
export class StockLedger {
  readonly changes: Change[] = []
  readonly #wake = new Set<() => void>()
  streams = 0
  #isComplete = false

  change(quantity: number, sku = 'p1'): void {
    this.changes.push({
      __typename: 'StockChange',
      version: this.changes.length + 1,
      level: { product: { sku }, quantity },
    })
    for (const wake of this.#wake) wake()
  }

  complete(): void {
    this.#isComplete = true
    for (const wake of this.#wake) wake()
  }

  async *stream(after: number | undefined | null): AsyncGenerator<Change> {
    this.streams += 1
    try {
      let next = after ?? Math.max(0, this.changes.length - 1)
      for (;;) {
        const change = this.changes[next]
        if (change) {
          next += 1
          yield change
        } else if (this.#isComplete) return
        else {
          await new Promise<void>(resolve => {
            const wake = () => {
              this.#wake.delete(wake)
              resolve()
            }
            this.#wake.add(wake)
          })
        }
      }
    } finally {
      this.streams -= 1
    }
  }
}

interface Ref {
  readonly sku: string
}

export function createStreamingShop(ledger: StockLedger): ReadonlyMap<string, TestSubgraph> {
  const resolvers: Record<string, Record<string, Record<string, unknown>>> = {
    inventory: {
      Happening: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
      Counted: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
      Subscription: {
        stockChanged: {
          subscribe: (_: unknown, { after }: { after?: number }) => ledger.stream(after),
          resolve: (change: Change) => change,
        },
        ticks: {
          subscribe: (_: unknown, _args: unknown) => ledger.stream(undefined),
          resolve: ({ version, level }: Change) => ({ number: version, product: level.product }),
        },
        counted: {
          subscribe: () => ledger.stream(undefined),
          resolve: ({ version, level }: Change) =>
            version % 2 === 0
              ? { __typename: 'Recount', number: version, by: 'Ann' }
              : { __typename: 'Tick', number: version, product: level.product },
        },
        happenings: {
          subscribe: () => ledger.stream(undefined),
          resolve: (change: Change) =>
            change.version % 2 === 0
              ? change
              : { __typename: 'Tick', number: change.version, product: change.level.product },
        },
        refused: {
          subscribe: () => {
            throw Object.assign(new Error('Not for you'), { extensions: { code: 'FORBIDDEN' } })
          },
        },
      },
    },
    catalog: {
      Query: { product: (_: unknown, { sku }: Ref) => ({ sku, name: `Product ${sku}`, brand: { name: 'Brand' } }) },
      Product: { __resolveReference: ({ sku }: Ref) => ({ sku, name: `Product ${sku}`, brand: { name: 'Brand' } }) },
    },
    delivery: { Product: { __resolveReference: ({ sku }: Ref) => ({ sku, nextDelivery: 'tomorrow' }) } },
  }
  return new Map(streamTexts.map(({ name, typeDefs }) => [name, new TestSubgraph(typeDefs, resolvers[name])]))
}

export interface ServedStream {
  readonly url: string
  readonly connections: () => number
  /** Cuts every socket, as a crash does. */
  cut(): void
  stop(): Promise<void>
}

/** Serves a subgraph over graphql-ws, each subscription with its own headers in the extensions. */
export async function serveStream(service: TestSubgraph, port = 0): Promise<ServedStream> {
  const server = http.createServer((_request, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ server, path: '/graphql' })
  const asked = (payload: Record<string, unknown>): GraphRequest => ({
    query: String(payload.query),
    variables: payload.variables as Record<string, unknown>,
    headers: (payload.extensions as { headers?: Record<string, string> } | undefined)?.headers ?? {},
  })
  // biome-ignore lint/correctness/useHookAtTopLevel: a server of graphql-ws, no hook of React
  useServer(
    {
      onSubscribe: (_context, _id, payload) => ({
        schema: service.schema,
        document: parse(payload.query),
        contextValue: asked(payload as never),
      }),
      subscribe: args => service.subscribe(args.contextValue as GraphRequest) as never,
    },
    sockets,
  )
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets.clients) socket.terminate()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    connections: () => sockets.clients.size,
    cut,
    stop: () =>
      new Promise(resolve => {
        cut()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
