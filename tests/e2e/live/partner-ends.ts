import { randomUUID } from 'node:crypto'
import { type Client, createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { ask, demand, signUp, type TestBusiness } from '../../support/ask.ts'
import type { TestGraph } from '../../support/graph.ts'
import { createPartner, partnerToken, type TestPartner } from '../../support/partner.ts'
import { createStocked } from '../../support/stock.ts'

const FIRST_EVENT_MS = 90_000
/** What is promised; the tokens themselves would last ten minutes. */
const PUT_OUT_WITHIN_MS = 5_000
const SCOPES = ['catalog:read', 'orders:read', 'orders:write']
const ORDER = 'subscription ($id: ID!) { orderChanged(orderId: $id) { order { status } } }'

export function partnersThatMayDoLess(graphOf: () => TestGraph): void {
  describe('a partner’s system that may do less', () => {
    let graph: TestGraph
    let business: TestBusiness
    let productId: string
    let staying: Following

    beforeAll(async () => {
      graph = graphOf()
      business = await signUp(graph.url, 'Partnered')
      productId = await createStocked(graph.url, business, 'Pie', 1_000)
      staying = await follow(await createPartner(graph.url, business, 'Stays', SCOPES))
    })

    afterAll(async () => {
      await staying?.client.dispose()
    })

    test('is put out when it is sent away, and comes in again when it is let in again', async () => {
      const partner = await createPartner(graph.url, business, 'Leaves', SCOPES)
      const following = await follow(partner)
      await change('deactivatePartner', partner)
      await isPutOut(following, partner)
      expect(await partnerToken(graph.url, partner.clientId, partner.clientSecret)).toBeUndefined()
      await change('activatePartner', partner)
      await comesInAgain(partner, partner.clientSecret)
    })

    test('is put out when its secret is exchanged for another at once', async () => {
      const partner = await createPartner(graph.url, business, 'Leaks', SCOPES)
      const following = await follow(partner)
      const { clientSecret } = await demand<{ clientSecret: string }>(
        graph.url,
        `mutation ($input: RotatePartnerSecretInput!) { rotatePartnerSecret(input: $input) {
        ... on RotatePartnerSecretSuccess { clientSecret } ... on Problem { code message } } }`,
        { input: { id: partner.id, overlapHours: 0 } },
        business.token,
      )
      await isPutOut(following, partner)
      await comesInAgain(partner, clientSecret)
    })

    test('is put out when a scope is taken from it', async () => {
      const partner = await createPartner(graph.url, business, 'Shrinks', SCOPES)
      const following = await follow(partner)
      await demand(
        graph.url,
        `mutation ($input: UpdatePartnerInput!) { updatePartner(input: $input) {
        __typename ... on Problem { code message } } }`,
        { input: { id: partner.id, scopes: ['catalog:read', 'orders:read'] } },
        business.token,
      )
      await isPutOut(following, partner)
      await comesInAgain(partner, partner.clientSecret)
    })

    const change = (mutation: string, { id }: TestPartner) =>
      demand(
        graph.url,
        `mutation ($id: ID!) { ${mutation}(id: $id) { __typename ... on Problem { code message } } }`,
        { id },
        business.token,
      )

    /** Sockets and event streams end and requests are refused, and nobody else notices. */
    async function isPutOut(following: Following, { token }: TestPartner) {
      await expect.poll(() => following.closedWith, { timeout: PUT_OUT_WITHIN_MS }).toBe(4403)
      expect(await following.stream).toMatch(/"code":"UNAUTHENTICATED".*\n\nevent: complete/)
      expect(await codeOf(token)).toBe('UNAUTHENTICATED')
      // each subgraph refuses it by itself too, and not only the gateway
      for (const url of graph.subgraphUrls.values())
        await expect.poll(() => codeOf(token, url), { timeout: PUT_OUT_WITHIN_MS }).toBe('UNAUTHENTICATED')
      expect(staying.closedWith).toBeUndefined()
      await following.client.dispose()
    }

    async function comesInAgain({ clientId }: TestPartner, secret: string) {
      const token = await partnerToken(graph.url, clientId, secret)
      expect(token).toBeDefined()
      expect(await codeOf(token)).toBeUndefined()
    }

    const codeOf = async (token: string | undefined, url = graph.partnerUrl) =>
      (await ask(url, '{ __typename }', {}, { token })).errors?.[0]?.extensions?.code

    interface Following {
      readonly client: Client
      readonly stream: Promise<string>
      closedWith: number | undefined
    }

    /** Follows an order that the partner has placed, over a socket and over an event stream. */
    async function follow({ token }: TestPartner): Promise<Following> {
      const id = randomUUID()
      const fulfilment = { kind: 'PICK_UP', contactName: 'Jonas Weber', contactPhone: '+49 151 000' }
      await demand(
        graph.partnerUrl,
        `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename ... on Problem { code message } } }`,
        { input: { id, storeId: business.storeId, lines: [{ productId, quantity: '1' }], fulfilment } },
        token,
      )
      const client = createClient({
        url: graph.partnerUrl.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
      })
      const streamed = await fetch(graph.partnerUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: ORDER, variables: { id } }),
      })
      let events = 0
      const following: Following = { client, stream: streamed.text(), closedWith: undefined }
      // the one that stays is cut off with the graph
      following.stream.catch(() => {})
      client.subscribe(
        { query: ORDER, variables: { id } },
        {
          next: () => {
            events++
          },
          error: closed => {
            following.closedWith = (closed as { code?: number }).code ?? -1
          },
          complete: () => {},
        },
      )
      await vi.waitFor(() => expect(events).toBe(1), FIRST_EVENT_MS)
      return following
    }
  })
}
