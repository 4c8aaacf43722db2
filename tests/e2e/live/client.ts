import { randomUUID } from 'node:crypto'
import { StockChangedDocument, type StockChangedSubscription } from '@tillgraph/client/generated/documents'
import { connectLive } from '@tillgraph/client/live'
import { createSession } from '@tillgraph/client/session'
import { beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { demand, signUp, type TestBusiness } from '../../support/ask.ts'
import type { TestGraph } from '../../support/graph.ts'

export function ourOwnClient(graphOf: () => TestGraph): void {
  describe('live stock in a front end', () => {
    let graph: TestGraph
    let business: TestBusiness

    beforeAll(async () => {
      graph = graphOf()
      business = await signUp(graph.url, 'Live')
    })

    test('the typed client hears what there is, then each change, with fields of two subgraphs', async () => {
      const productId = randomUUID()
      const run = (mutation: string, type: string, input: unknown) =>
        demand(
          graph.url,
          `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename ... on Problem { code message } } }`,
          { input },
          business.token,
        )
      const price = { amount: '2.40', currency: 'EUR' }
      await run('createProduct', 'CreateProductInput', { id: productId, sku: 'ESP', name: 'Espresso', price })
      const { storeId } = business
      await run('setOpeningStock', 'SetOpeningStockInput', { storeId, productId, quantity: '10' })

      const session = createSession({ url: graph.url, device: { id: `board-${randomUUID()}`, name: 'Dashboard' } })
      await session.signIn(business.slug, 'owner', business.password)
      const url = graph.url.replace(/^http/, 'ws')
      const live = connectLive({ url, tokens: session.tokens, webSocket: WebSocket })
      const heard: StockChangedSubscription['stockChanged'][] = []
      const stop = live.watch(
        StockChangedDocument,
        { storeId, productIds: [productId] },
        {
          event: ({ stockChanged }) => heard.push(stockChanged),
          failed: failure => {
            throw failure
          },
        },
      )
      await expect.poll(() => heard.length).toBe(1)
      expect(heard[0]).toMatchObject({ level: '10', product: { name: 'Espresso' } })
      await run('adjustStock', 'AdjustStockInput', { storeId, productId, quantity: '-3', reason: 'DAMAGED' })
      await expect.poll(() => heard.at(-1)?.level, { timeout: 10_000 }).toBe('7')
      const versions = heard.map(({ version }) => version)
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
      stop()
      await live.close()
    })
  })
}
