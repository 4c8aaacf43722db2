import { ApolloClient, gql, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { createClient as createEventClient } from 'graphql-sse'
import { type Client, createClient } from 'graphql-ws'
import { createClient as createUrqlClient, subscriptionExchange } from 'urql'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { signUp, type TestBusiness } from '../../support/ask.ts'
import type { TestGraph } from '../../support/graph.ts'
import { adjustStock, awaitDelivery, createStocked } from '../../support/stock.ts'

const CHANGE_TIMEOUT_MS = 10_000

const DELIVERY_DAY = '2031-05-01'
const QUERY = `subscription Stock($storeId: ID!) {
  stockChanged(storeId: $storeId) { version level product { id name price { amount } } nextDelivery { eta } }
}`

interface StockEvent {
  readonly stockChanged: { readonly version: number; readonly level: string; readonly product: unknown }
}

/** What a client hears: its events, and whatever went wrong. */
interface Ear {
  heard(event: StockEvent | null | undefined): void
  failed(failure: unknown): void
}

type Listen = (graph: TestGraph, business: TestBusiness, ear: Ear) => () => unknown

const socketClient = (graph: TestGraph, { token }: TestBusiness): Client =>
  createClient({
    url: graph.url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  })

const CLIENTS: Readonly<Record<string, Listen>> = {
  'graphql-ws': (graph, business, ear) => {
    const client = socketClient(graph, business)
    client.subscribe<StockEvent>(
      { query: QUERY, variables: { storeId: business.storeId } },
      { next: ({ data }) => ear.heard(data), error: ear.failed, complete: () => {} },
    )
    return () => client.dispose()
  },
  'graphql-sse': (graph, business, ear) => {
    const client = createEventClient({
      url: graph.url,
      singleConnection: false,
      headers: { authorization: `Bearer ${business.token}` },
    })
    client.subscribe<StockEvent>(
      { query: QUERY, variables: { storeId: business.storeId } },
      { next: ({ data }) => ear.heard(data), error: ear.failed, complete: () => {} },
    )
    return () => client.dispose()
  },
  urql: (graph, business, ear) => {
    const socket = socketClient(graph, business)
    const client = createUrqlClient({
      url: graph.url,
      preferGetMethod: false,
      exchanges: [
        subscriptionExchange({
          forwardSubscription: ({ query, variables }) => ({
            subscribe: sink => ({ unsubscribe: socket.subscribe({ query: query ?? '', variables }, sink as never) }),
          }),
        }),
      ],
    })
    const { unsubscribe } = client
      .subscription<StockEvent>(QUERY, { storeId: business.storeId })
      .subscribe(({ data, error }) => (error ? ear.failed(error) : ear.heard(data)))
    return () => {
      unsubscribe()
      return socket.dispose()
    }
  },
  'Apollo Client': (graph, business, ear) => {
    const socket = socketClient(graph, business)
    const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() })
    const subscription = client
      .subscribe<StockEvent>({ query: gql(QUERY), variables: { storeId: business.storeId } })
      .subscribe({
        next: ({ data, error }) => (error ? ear.failed(error) : ear.heard(data)),
        error: ear.failed,
      })
    return () => {
      subscription.unsubscribe()
      client.stop()
      return socket.dispose()
    }
  },
}

export function otherClients(graphOf: () => TestGraph): void {
  describe('live stock in clients of others', () => {
    let graph: TestGraph
    let business: TestBusiness
    let productId: string
    let stop: (() => unknown) | undefined

    beforeAll(async () => {
      graph = graphOf()
      business = await signUp(graph.url, 'Clients')
      productId = await createStocked(graph.url, business, 'Espresso', 100)
      await awaitDelivery(graph.url, business, productId, DELIVERY_DAY)
    })

    afterEach(() => stop?.())

    test.each(Object.keys(CLIENTS))(
      'is heard by %s: the snapshot, then each change, with the fields of two subgraphs',
      async name => {
        const heard: StockEvent['stockChanged'][] = []
        const failures: unknown[] = []
        const listen = CLIENTS[name] as Listen
        stop = listen(graph, business, {
          // Apollo Client adds type names of its own accord; what was asked for is compared
          heard: event => event && heard.push(JSON.parse(JSON.stringify(event.stockChanged, withoutTypeNames))),
          failed: failure => failures.push(failure),
        })
        await expect.poll(() => heard.length + failures.length, { timeout: CHANGE_TIMEOUT_MS }).toBe(1)
        expect(failures).toEqual([])
        const first = Number(heard[0]?.level)
        const product = { id: productId, name: 'Espresso', price: { amount: '2.50' } }
        const nextDelivery = { eta: DELIVERY_DAY }
        expect(heard[0]).toMatchObject({ product, nextDelivery })
        for (let change = 0; change < 3; change++) await adjustStock(graph.url, business, productId, -1)
        await expect.poll(() => heard.length, { timeout: CHANGE_TIMEOUT_MS }).toBe(4)
        const start = heard[0]?.version ?? 0
        expect(heard).toEqual(
          [0, 1, 2, 3].map(change => ({
            version: start + change,
            level: String(first - change),
            product,
            nextDelivery,
          })),
        )
        expect(failures).toEqual([])
      },
    )
  })
}

function withoutTypeNames(key: string, value: unknown): unknown {
  return key === '__typename' ? undefined : value
}
