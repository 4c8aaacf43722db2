import { describe, expect, it } from 'vitest'
import { compose } from './kit/compose.ts'
import { BIG_QUERY, createShop, shopTexts } from './kit/shop.ts'
import { startGateway } from './kit/start-gateway.ts'
import { serveSubgraph } from './kit/subgraph.ts'

const sdl = compose(shopTexts)
const QUERY = `query ($first: Int) { topProducts(first: $first) { upc name inStock shippingEstimate reviews { body author { name username } } } }`
const FIRST_PRODUCT = {
  upc: 'p1',
  name: 'Table',
  inStock: true,
  shippingEstimate: 50,
  reviews: [
    { body: 'Love it!', author: { name: 'Ada Lovelace', username: '@ada' } },
    { body: 'Prefer something else.', author: { name: 'Alan "Turing"', username: '@complete' } },
  ],
}

describe('a gateway', () => {
  it('answers a query across subgraphs of its own process', async () => {
    await using started = await startGateway(sdl, createShop())
    const { status, body } = await started.ask(QUERY, { first: 1 })
    expect(body).toEqual({ data: { topProducts: [FIRST_PRODUCT] } })
    expect(status).toBe(200)
  })

  it('answers the same across subgraphs behind HTTP', async () => {
    const served = new Map<string, Awaited<ReturnType<typeof serveSubgraph>>>()
    for (const [name, service] of createShop()) served.set(name, await serveSubgraph(service))
    const subgraphUrls = Object.fromEntries([...served].map(([name, { url }]) => [name, url]))
    await using started = await startGateway(sdl, new Map(), { subgraphUrls })
    const { body } = await started.ask(QUERY, { first: 1 })
    expect(body).toEqual({ data: { topProducts: [FIRST_PRODUCT] } })
    for (const { stop } of served.values()) await stop()
  })

  it('runs a mutation and shows what it changed', async () => {
    await using started = await startGateway(sdl, createShop())
    const { body } = await started.ask('mutation { rename(id: "u1", name: "Countess") { name numberOfReviews } }')
    expect(body).toEqual({ data: { rename: { name: 'Countess', numberOfReviews: 2 } } })
    const { body: later } = await started.ask('{ me { name } }')
    expect(later).toEqual({ data: { me: { name: 'Countess' } } })
  })

  it('answers introspection from the API schema', async () => {
    await using started = await startGateway(sdl, createShop())
    const { body } = await started.ask('{ __type(name: "Review") { fields { name } } __typename }')
    expect(body).toEqual({
      data: {
        __type: { fields: ['id', 'body', 'author', 'product'].map(name => ({ name })) },
        __typename: 'Query',
      },
    })
  })

  it('asks a subgraph once for all the entities that come up at the same moment', async () => {
    const shop = createShop()
    await using started = await startGateway(sdl, shop)
    const { body } = await started.ask(BIG_QUERY)
    expect(body.errors).toBeUndefined()
    const count = [...shop.values()].reduce((sum, { requests }) => sum + requests.length, 0)
    // The plan has sixteen fetches. Those of its two halves meet where neither keeps the other waiting for too long,
    // which makes eight; those of one half always do.
    expect(count).toBeLessThanOrEqual(13)
    expect(shop.get('products')?.requests.at(-1)?.query).toContain('entities_1: _entities(')
  })

  it('does not wait for ever for what could travel along', async () => {
    const shop = createShop()
    const [users, reviews] = [shop.get('users'), shop.get('reviews')]
    if (!users || !reviews) throw new Error('The shop is incomplete.')
    const asked = new Promise<undefined>(resolve => {
      reviews.before = () => void resolve(undefined)
    })
    // The first answer of users, on which half of the plan hangs, comes after the other half has gone on.
    users.before = () => (users.requests.length === 1 ? asked : undefined)
    await using started = await startGateway(sdl, shop)
    await using untouched = await startGateway(sdl, createShop())
    expect((await started.ask(BIG_QUERY)).body).toEqual((await untouched.ask(BIG_QUERY)).body)
  })

  it('hands on what one subgraph behind HTTP has answered, and looks into it where something is wrong', async () => {
    const shop = createShop()
    const products = shop.get('products')
    if (!products) throw new Error('The shop is incomplete.')
    const served = await serveSubgraph(products)
    await using started = await startGateway(sdl, new Map(), { subgraphUrls: { products: served.url } })
    const query = '{ topProducts(first: 2) { upc name price } }'
    const topProducts = [
      { upc: 'p1', name: 'Table', price: 899 },
      { upc: 'p2', name: 'Couch', price: 1299 },
    ]
    expect((await started.ask(query)).body).toEqual({ data: { topProducts } })
    const told = await started.ask(query, {}, { headers: { 'x-tillgraph-cost': '1' } })
    expect(told.body).toMatchObject({ data: { topProducts }, extensions: { cost: { operation: expect.any(Number) } } })
    products.before = () => ({ data: { topProducts: [{ upc: 'p1', name: null, price: '899' }] } })
    expect((await started.ask(query)).body).toMatchObject({
      data: { topProducts: [null] },
      extensions: { valueCompletion: [{ path: ['topProducts', 0, 'name'] }] },
    })
    await served.stop()
  })

  it('asks again one by one when a joint request comes to nothing', async () => {
    const shop = createShop()
    const products = shop.get('products')
    if (products) {
      products.before = ({ query }) =>
        query.includes('entities_1') ? { data: null, errors: [{ message: 'one of them is wrong' }] } : undefined
    }
    await using started = await startGateway(sdl, shop)
    await using untouched = await startGateway(sdl, createShop())
    expect((await started.ask(BIG_QUERY)).body).toEqual((await untouched.ask(BIG_QUERY)).body)
  })

  it('answers what it can when a subgraph fails, and says so by a code', async () => {
    const shop = createShop()
    const reviews = shop.get('reviews')
    if (reviews) reviews.before = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'))
    await using started = await startGateway(sdl, shop, { production: true })
    const { status, body } = await started.ask('{ product(upc: "p1") { name reviews { body } } }')
    expect(status).toBe(200)
    expect(body.data).toEqual({ product: { name: 'Table', reviews: null } })
    expect(body.errors).toEqual([
      { message: 'A part of the graph could not be reached.', extensions: { code: 'SERVICE_UNAVAILABLE' } },
    ])
  })
})
