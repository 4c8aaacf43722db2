import { randomUUID } from 'node:crypto'
import { createClient as createEventClient } from 'graphql-sse'
import { createClient } from 'graphql-ws'
import { beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { demand, signUp, type TestBusiness } from '../../support/ask.ts'
import type { TestGraph } from '../../support/graph.ts'
import { createStocked } from '../../support/stock.ts'

const CHANGE_TIMEOUT_MS = 10_000

const STORE = `subscription Kitchen($storeId: ID!) { storeOrders(storeId: $storeId) {
  version statusBefore order { id status lines { name product { id price { amount } } } } } }`
const ONE = `subscription Display($orderId: ID!, $after: Int) { orderChanged(orderId: $orderId, after: $after) {
  version order { id status totals { total { amount } } } } }`

interface Change {
  readonly version: number
  readonly order: { readonly id: string; readonly status: string; readonly lines?: readonly unknown[] }
}

type Listen = (query: string, variables: Record<string, unknown>, heard: Change[]) => () => unknown

export function ordersAsTheyChange(graphOf: () => TestGraph): void {
  describe('orders as they change', () => {
    let graph: TestGraph
    let business: TestBusiness
    let productId: string

    beforeAll(async () => {
      graph = graphOf()
      business = await signUp(graph.url, 'Kitchen')
      productId = await createStocked(graph.url, business, 'Soup', 100)
    })

    const authorization = () => `Bearer ${business.token}`
    const sinkOf = (heard: Change[]) => ({
      next: ({ data, errors }: { data?: Record<string, unknown> | null | undefined; errors?: unknown }) => {
        if (errors) throw new Error(JSON.stringify(errors))
        heard.push(Object.values(data ?? {})[0] as Change)
      },
      error: (failure: unknown) => {
        throw failure
      },
      complete: () => {},
    })

    const overSocket: Listen = (query, variables, heard) => {
      const client = createClient({
        url: graph.url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: authorization() },
      })
      client.subscribe({ query, variables }, sinkOf(heard))
      return () => client.dispose()
    }

    const overEvents: Listen = (query, variables, heard) => {
      const client = createEventClient({ url: graph.url, headers: { authorization: authorization() } })
      client.subscribe({ query, variables }, sinkOf(heard))
      return () => client.dispose()
    }

    const run = (name: string, type: string, input: Record<string, unknown>) =>
      demand(
        graph.url,
        `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on Problem { code message } } }`,
        { input },
        business.token,
      )

    test.each([
      ['a socket', overSocket],
      ['server-sent events', overEvents],
    ] as const)(
      'over %s, the kitchen and the display hear each step once, with fields of two subgraphs',
      async (_, listen) => {
        const { storeId } = business
        const [id, other] = [randomUUID(), randomUUID()]
        const lines = [{ productId, quantity: '2' }]
        await run('openOrder', 'OpenOrderInput', { id, storeId, lines })
        const kitchen: Change[] = []
        const display: Change[] = []
        const stops = [listen(STORE, { storeId }, kitchen), listen(ONE, { orderId: id }, display)]
        await expect.poll(() => [kitchen.length, display.length], { timeout: CHANGE_TIMEOUT_MS }).toEqual([1, 1])
        expect(kitchen[0]?.order.lines).toEqual([
          { name: 'Soup', product: { id: productId, price: { amount: '2.50' } } },
        ])
        await run('confirmOrder', 'StepOrderInput', { id })
        await run('openOrder', 'OpenOrderInput', { id: other, storeId, lines })
        await run('prepareOrder', 'StepOrderInput', { id })
        const tender = { id: randomUUID(), kind: 'CASH', amount: { amount: '5.00', currency: 'EUR' } }
        await run('completeOrder', 'CompleteOrderInput', { id, version: 3, tenders: [tender] })
        await run('cancelOrder', 'CancelOrderInput', { id: other, reason: 'gone' })
        const statuses = (changes: readonly Change[]) => changes.map(({ order }) => order.status)
        await expect
          .poll(() => statuses(kitchen), { timeout: CHANGE_TIMEOUT_MS })
          .toEqual(['CREATED', 'CONFIRMED', 'CREATED', 'PREPARING', 'COMPLETED', 'CANCELLED'])
        await expect
          .poll(() => statuses(display), { timeout: CHANGE_TIMEOUT_MS })
          .toEqual(['CREATED', 'CONFIRMED', 'PREPARING', 'COMPLETED'])
        const late: Change[] = []
        stops.push(listen(ONE, { orderId: id, after: display[1]?.version }, late))
        await expect.poll(() => late, { timeout: CHANGE_TIMEOUT_MS }).toEqual(display.slice(2))
        await Promise.all(stops.map(stop => stop()))
      },
    )
  })
}
