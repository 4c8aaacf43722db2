import { randomUUID } from 'node:crypto'
import { createClient } from 'graphql-ws'
import { beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { demand, signUp, type TestBusiness } from '../../support/ask.ts'
import type { TestGraph } from '../../support/graph.ts'
import { createStocked } from '../../support/stock.ts'

const WAIT = { timeout: 15_000 }
const STOCK = `subscription ($storeId: ID!, $after: Int) { stockChanged(storeId: $storeId, after: $after) {
  version level product { name } nextDelivery { eta quantity } } }`

interface Seen {
  readonly version: number
  readonly level: string
  readonly product: { readonly name: string }
  readonly nextDelivery: { readonly eta: string; readonly quantity: string } | null
}

export function whatComesNext(graphOf: () => TestGraph): void {
  describe('a dashboard that follows the stock', () => {
    let graph: TestGraph
    let business: TestBusiness

    beforeAll(async () => {
      graph = graphOf()
      business = await signUp(graph.url, 'Expecting')
    })

    test('sees a delivery announced, put off, brought in part and given up, and can go on from any of it', async () => {
      const { storeId } = business
      const productId = await createStocked(graph.url, business, 'Flour', 5)
      const { supplier } = await change<{ supplier: { id: string } }>(
        'createSupplier',
        { name: 'Mill' },
        'supplier { id }',
      )
      const following = follow()
      await expect.poll(() => following.seen.length, WAIT).toBe(1)

      const id = randomUUID()
      const lines = [{ productId, quantity: '10', unitCost: { amount: '1', currency: 'EUR' } }]
      await change('createPurchaseOrder', { id, storeId, supplierId: supplier.id, lines, expectedOn: '2026-12-01' })
      await change('sendPurchaseOrder', { id }, '', 'StepPurchaseOrderInput')
      await change('schedulePurchaseOrder', { id, expectedOn: '2026-12-08' })
      await change('receivePurchaseOrder', { purchaseOrderId: id, lines: [{ productId, quantity: '4' }] })
      await change('closePurchaseOrder', { id }, '', 'StepPurchaseOrderInput')
      await expect.poll(() => following.seen.length, WAIT).toBe(5)
      const [first] = following.seen
      const { version } = first ?? { version: 0 }
      expect(following.seen.map(({ level, product }) => `${level} ${product.name}`)).toEqual([
        ...['5 Flour', '5 Flour', '5 Flour', '9 Flour', '9 Flour'],
      ])
      expect(following.seen.map(each => each.version)).toEqual([0, 1, 2, 3, 4].map(change => version + change))
      expect(first?.nextDelivery).toBeNull()
      expect(following.seen.at(-1)?.nextDelivery).toBeNull()
      await following.stop()

      const again = follow(version)
      await expect.poll(() => again.seen.length, WAIT).toBe(4)
      expect(again.seen.map(each => each.version)).toEqual([1, 2, 3, 4].map(change => version + change))
      await again.stop()
    })

    function change<T>(mutation: string, input: object, parts = '', type?: string): Promise<T> {
      const given = type ?? `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`
      const success = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Success`
      const asked = parts === '' ? '' : `... on ${success} { ${parts} }`
      return demand<T>(
        graph.url,
        `mutation ($input: ${given}!) { ${mutation}(input: $input) { __typename ... on Problem { code message } ${asked} } }`,
        { input },
        business.token,
      )
    }

    function follow(after?: number) {
      const client = createClient({
        url: graph.url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${business.token}` },
      })
      const seen: Seen[] = []
      client.subscribe<{ stockChanged: Seen }>(
        { query: STOCK, variables: { storeId: business.storeId, after } },
        {
          next: ({ data }) => data && seen.push(data.stockChanged),
          error: error => {
            throw error
          },
          complete: () => {},
        },
      )
      return { seen, stop: () => client.dispose() }
    }
  })
}
