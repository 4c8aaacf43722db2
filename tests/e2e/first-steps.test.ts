import { randomUUID } from 'node:crypto'
import { MeDocument, ProductsDocument, ScanBarcodeDocument } from '@tillgraph/client/generated/documents'
import { createSession } from '@tillgraph/client/session'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, demand, signUp, type TestBusiness } from '../support/ask.ts'
import { type GraphMode, startTestGraph, type TestGraph } from '../support/graph.ts'

const START_TIMEOUT_MS = 90_000

describe.each<GraphMode>(['one box', 'seven processes'])('the first steps of a business, on %s', mode => {
  let graph: TestGraph
  let business: TestBusiness

  beforeAll(async () => {
    graph = await startTestGraph(mode)
    business = await signUp(graph.url, 'Corner Coffee')
  }, START_TIMEOUT_MS)

  afterAll(() => graph?.stop(), START_TIMEOUT_MS)

  test('an owner fills the catalogue, and a till finds what it needs, through the typed client', async () => {
    const category = await demand<{ category: { id: string } }>(
      graph.url,
      `mutation ($input: CreateCategoryInput!) { createCategory(input: $input) {
         ... on CreateCategorySuccess { category { id } } ... on Problem { code message } } }`,
      { input: { name: 'Hot drinks' } },
      business.token,
    )
    const rows = await demand<Record<string, { __typename: string }>>(
      graph.url,
      `mutation ($input: [CreateProductInput!]!) { createProducts(input: $input) { __typename
         ... on Problem { code message } ... on InvalidInput { field } } }`,
      {
        input: [
          {
            sku: 'ESP',
            name: 'Espresso',
            price: { amount: '2.40', currency: 'EUR' },
            categoryId: category.category.id,
          },
          {
            sku: 'WATER',
            name: 'Mineral water',
            price: { amount: '2.20', currency: 'EUR' },
            barcodes: [{ code: '4000000000013' }],
          },
        ],
      },
      business.token,
    )
    expect(Object.values(rows).map(row => row.__typename)).toEqual(['CreateProductSuccess', 'CreateProductSuccess'])

    const session = createSession({ url: graph.url, device: { id: `till-${randomUUID()}`, name: 'Till 1' } })
    const signedIn = await session.signIn(business.slug, 'owner', business.password)
    expect(signedIn.__typename).toBe('SignInSuccess')
    const { me } = await session.graph.ask(MeDocument, {})
    expect(me.tenant.name).toBe('Corner Coffee')
    expect(me.permissions).toContain('catalog.product.write')
    const { products } = await session.graph.ask(ProductsDocument, { first: 20 })
    expect(products.nodes.map(node => [node.sku, node.price.amount, node.category?.name])).toEqual([
      ['ESP', '2.40', 'Hot drinks'],
      ['WATER', '2.20', undefined],
    ])
    const { productByBarcode } = await session.graph.ask(ScanBarcodeDocument, { barcode: '4000000000013' })
    expect(productByBarcode?.product.sku).toBe('WATER')
    await session.signOut()
    await expect(session.graph.ask(MeDocument, {})).rejects.toMatchObject({ kind: 'signed-out' })
  })

  test('one operation reads identity and catalog together', async () => {
    const answer = await ask(
      graph.url,
      '{ me { displayName tenant { name } } stores(first: 1) { nodes { name } } products(first: 1) { nodes { name } } }',
      {},
      { token: business.token },
    )
    expect(answer.errors).toBeUndefined()
    expect(answer.data).toMatchObject({
      me: { displayName: 'Corner Coffee owner', tenant: { name: 'Corner Coffee' } },
      stores: { nodes: [{ name: 'Corner Coffee store' }] },
    })
  })

  test('a sign-in that has ended opens nothing more, in any process, long before its token runs out', async () => {
    const session = createSession({ url: graph.url, device: { id: `till-${randomUUID()}`, name: 'Till 2' } })
    await session.signIn(business.slug, 'owner', business.password)
    const token = await session.tokens.accessToken()
    expect((await ask(graph.url, '{ products(first: 1) { nodes { sku } } }', {}, { token })).errors).toBeUndefined()
    await session.signOut()
    await expect
      .poll(async () => {
        const { errors } = await ask(graph.url, '{ products(first: 1) { nodes { sku } } }', {}, { token })
        return errors?.[0]?.extensions?.code
      })
      .toBe('UNAUTHENTICATED')
  })

  test('nobody sees anything without a token', async () => {
    const answer = await ask(graph.url, '{ products(first: 1) { nodes { name } } }')
    expect(answer.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
    expect(answer.data?.products ?? null).toBeNull()
  })

  test('a refused input says which field and what to do', async () => {
    const problem = await ask(
      graph.url,
      `mutation ($input: CreateProductInput!) { createProduct(input: $input) { __typename
         ... on Problem { code message } ... on InvalidInput { field } } }`,
      { input: { sku: 'X', name: 'X', price: { amount: '-1', currency: 'EUR' } } },
      { token: business.token },
    )
    expect(problem.data?.createProduct).toMatchObject({ __typename: 'InvalidInput' })
  })
})
