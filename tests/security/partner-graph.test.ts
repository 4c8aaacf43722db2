import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import { partnerScopes } from '@tillgraph/rules/permissions'
import { buildSchema, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ask, demand, signUp, type TestBusiness } from '../support/ask.ts'
import { type GraphMode, startTestGraph, type TestGraph } from '../support/graph.ts'
import { createPartner } from '../support/partner.ts'
import { fillBusiness } from './fill-business.ts'

const START_TIMEOUT_MS = 90_000
const WAIT = { timeout: 15_000 }
const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const partner = buildSchema(read('partner.graphql'))
const whole = Supergraph.build(read('supergraph.graphql')).apiSchema().toGraphQLJSSchema()

const rootsOf = (schema: GraphQLSchema): (GraphQLObjectType | null | undefined)[] => [
  schema.getQueryType(),
  schema.getMutationType(),
  schema.getSubscriptionType(),
]
const fieldsOf = (type: GraphQLObjectType | null | undefined) => Object.keys(type?.getFields() ?? {})

describe.each<GraphMode>(['one box', 'seven processes'])('a partner’s system, on %s', mode => {
  let graph: TestGraph
  let business: TestBusiness
  let token: string

  beforeAll(async () => {
    graph = await startTestGraph(mode)
    business = await signUp(graph.url, 'Partnered')
    await fillBusiness(graph.url, business)
    token = (await createPartner(graph.url, business, 'Delivery service', partnerScopes)).token
  }, START_TIMEOUT_MS)

  afterAll(() => graph?.stop(), START_TIMEOUT_MS)

  test('reads the catalogue, prices and what each store has, and not how many', async () => {
    const { nodes } = await demand<{ nodes: { id: string; price: { amount: string }; availability: string }[] }>(
      graph.partnerUrl,
      'query ($store: ID!) { products { nodes { id name price { amount currency } availability(storeId: $store) } } }',
      { store: business.storeId },
      token,
    )
    expect(nodes.length).toBeGreaterThan(0)
    for (const { availability } of nodes) expect(['IN_STOCK', 'LOW', 'OUT']).toContain(availability)
    const taxes = await demand(graph.partnerUrl, '{ taxSettings { prices } }', {}, token)
    expect(taxes).toEqual({ prices: expect.stringMatching(/CLUSIVE$/) })
    const counted = await ask(
      graph.partnerUrl,
      '{ products { nodes { stock(storeId: "1") { available } } } }',
      {},
      { token },
    )
    expect(counted.errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })

  test('is let in by its own token at its own graph, and nowhere else', async () => {
    const stores = '{ stores { nodes { id } } }'
    const codeOf = async (url: string, given: string | undefined) =>
      (await ask(url, stores, {}, { token: given })).errors?.[0]?.extensions?.code
    expect(await codeOf(graph.partnerUrl, token)).toBeUndefined()
    expect(await codeOf(graph.partnerUrl, business.token)).toBe('FORBIDDEN')
    expect(await codeOf(graph.partnerUrl, undefined)).toBe('UNAUTHENTICATED')
    expect(await codeOf(graph.partnerUrl, `${token}x`)).toBe('UNAUTHENTICATED')
    expect(await codeOf(graph.url, token)).toBe('FORBIDDEN')
    expect(await codeOf(graph.url, business.token)).toBeUndefined()
  })

  test('does no more than its scopes say', async () => {
    const reader = (await createPartner(graph.url, business, 'Price comparison', ['catalog:read'])).token
    const available = 'query ($store: ID!) { products { nodes { availability(storeId: $store) } } }'
    const answer = await ask(graph.partnerUrl, available, { store: business.storeId }, { token: reader })
    expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    expect((await ask(graph.partnerUrl, '{ products { nodes { id } } }', {}, { token: reader })).errors).toBeUndefined()
  })

  test('sees nothing of another business', async () => {
    const other = await signUp(graph.url, 'Elsewhere')
    const { nodes } = await demand<{ nodes: { id: string }[] }>(
      graph.partnerUrl,
      '{ stores { nodes { id } } }',
      {},
      token,
    )
    expect(nodes.map(({ id }) => id)).toEqual([business.storeId])
    const store = await ask(
      graph.partnerUrl,
      'query ($id: ID!) { store(id: $id) { id } }',
      { id: other.storeId },
      { token },
    )
    expect(store.data).toEqual({ store: null })
  })

  test('places an order and follows it live, and another partner hears nothing of it', async () => {
    const { storeId } = business
    const productId = randomUUID()
    const price = { amount: '4.50', currency: 'EUR' }
    const shop = (mutation: string, type: string, input: Record<string, unknown>) =>
      demand<Record<string, never>>(
        graph.url,
        `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename ... on Problem { code message } } }`,
        { input },
        business.token,
      )
    await shop('createProduct', 'CreateProductInput', { id: productId, sku: `P-${productId}`, name: 'Pie', price })
    await shop('setOpeningStock', 'SetOpeningStockInput', { storeId, productId, quantity: '5' })
    const id = randomUUID()
    const placed = await demand<{ order: { status: string; totals: { total: { amount: string } } } }>(
      graph.partnerUrl,
      `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { ... on Problem { code message }
        ... on PlaceOrderSuccess { order { id status totals { total { amount } } } } } }`,
      {
        input: {
          id,
          storeId,
          lines: [{ productId, quantity: '2' }],
          fulfilment: { kind: 'PICK_UP', contactName: 'Jonas Weber', contactPhone: '+49 151 000' },
        },
      },
      token,
    )
    expect(placed.order).toEqual({ id, status: 'CONFIRMED', totals: { total: { amount: '9.00' } } })

    const stranger = (await createPartner(graph.url, business, 'Another service', partnerScopes)).token
    const [own, foreign] = [follow(graph, token, id), follow(graph, stranger, id)]
    await expect.poll(() => own.heard, WAIT).toEqual(['CONFIRMED'])
    await expect.poll(() => foreign.ended.length, WAIT).toBe(1)
    await shop('prepareOrder', 'StepOrderInput', { id })
    await expect.poll(() => own.heard, WAIT).toEqual(['CONFIRMED', 'PREPARING'])
    expect(foreign.heard).toEqual([])
    for (const { client } of [own, foreign]) await client.dispose()
  }, 60_000)

  test('cannot even name what is not in its contract: every other operation of the whole graph', async () => {
    const known = rootsOf(partner).map(fieldsOf)
    const others = rootsOf(whole).flatMap((type, index) =>
      fieldsOf(type)
        .filter(field => !known[index]?.includes(field))
        .map(field => ({ kind: ['query', 'mutation', 'subscription'][index], field })),
    )
    expect(others.length).toBeGreaterThan(100)
    for (const { kind, field } of others) {
      const answer = await ask(graph.partnerUrl, `${kind} { ${field} }`, {}, { token })
      expect([field, answer.status, answer.data]).toEqual([field, 400, undefined])
      expect(answer.errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED')
    }
  })
})

/** How an order is told to whoever holds this token, over a socket of the partner graph. */
function follow(graph: TestGraph, token: string, orderId: string) {
  const url = graph.partnerUrl.replace('http', 'ws')
  const connectionParams = { authorization: `Bearer ${token}` }
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 })
  const heard: unknown[] = []
  const ended: unknown[] = []
  client.subscribe<{ orderChanged: { order: { status: string } } }>(
    {
      query: 'subscription ($id: ID!) { orderChanged(orderId: $id) { version order { status } } }',
      variables: { id: orderId },
    },
    {
      next: ({ data, errors }) =>
        data?.orderChanged ? heard.push(data.orderChanged.order.status) : ended.push(errors),
      error: error => ended.push(error),
      complete: () => ended.push('complete'),
    },
  )
  return { client, heard, ended }
}
