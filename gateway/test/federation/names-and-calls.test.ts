import { describe, expect, it } from 'vitest'
import { Federation } from './federation.ts'

interface Product {
  readonly id: string
  readonly price: number
  readonly weight: number
}

const PRICES: Record<string, number> = { EUR: 100, USD: 110, GBP: 90 }

/** `shipping` and `duty` are computed from the same field, called with different arguments. */
const shop = new Federation({
  products: {
    sdl: `
      type Query { products: [Product]  cheapest: Priced }
      interface Priced { id: ID!  price(currency: String = "EUR"): Int }
      type Product implements Priced @key(fields: "id") {
        id: ID!  name: String  weight: Int  constructor: String
        price(currency: String = "EUR"): Int  offers(first: Int!): [Offer]  parent: Product }
      type Offer { code: String  price(currency: String = "EUR"): Int }`,
    resolvers: {
      Query: { products: () => [{ id: '1' }, { id: '2' }], cheapest: () => ({ __typename: 'Product', id: '1' }) },
      Product: {
        __resolveReference: (reference: object) => reference,
        name: ({ id }: Product) => `Product ${id}`,
        constructor: ({ id }: Product) => `builder ${id}`,
        weight: ({ id }: Product) => Number(id) * 5,
        price: ({ id }: Product, { currency }: { currency: string }) => Number(id) * (PRICES[currency] ?? 0),
        parent: ({ id }: Product) => (id === '1' ? { id: '2' } : null),
        offers: (_: Product, { first }: { first: number }) =>
          Array.from({ length: first }, (_, index) => ({ code: `offer ${index}` })),
      },
      Offer: { price: (_: object, { currency }: { currency: string }) => (PRICES[currency] ?? 0) / 10 },
    },
  },
  transport: {
    sdl: `
      type Product @key(fields: "id") {
        id: ID!  weight: Int @external  price(currency: String = "EUR"): Int @external
        offers(first: Int!): [Offer] @external
        shipping: String @requires(fields: "price(currency: \\"USD\\") weight")
        duty(rate: Int): String @requires(fields: "price(currency: \\"GBP\\")")
        insurance: String @requires(fields: "price")
        bundle: String @requires(fields: "offers(first: 2) { code price(currency: \\"USD\\") }")
        weighed: String @requires(fields: "weight")
        plain: String }
      type Offer { code: String @external  price(currency: String = "EUR"): Int @external }`,
    resolvers: {
      Product: {
        __resolveReference: (reference: object) => reference,
        shipping: ({ price, weight }: Product) => `${price} for ${weight}`,
        duty: ({ price }: Product, { rate }: { rate?: number }) => `${price} at ${rate ?? 1}`,
        insurance: ({ price }: Product) => `${price}`,
        bundle: ({ offers }: { offers: unknown }) => JSON.stringify(offers),
        weighed: ({ weight }: Product) => `${weight}`,
        plain: () => 'plain',
      },
    },
  },
})

describe('fields that are computed from a field with arguments', () => {
  it('get the value for their arguments, whatever the client asks for', async () => {
    expect(await shop.ask('{ products { shipping price(currency: "EUR") gbp: price(currency: "GBP") } }')).toEqual({
      data: {
        products: [
          { shipping: '110 for 5', price: 100, gbp: 90 },
          { shipping: '220 for 10', price: 200, gbp: 180 },
        ],
      },
    })
  })

  it('get each their own value when they need different ones', async () => {
    const query = `query Q($rate: Int, $currency: String) {
      products { shipping duty(rate: $rate) insurance weighed plain price(currency: $currency) } }`
    expect(await shop.ask(query, { rate: 7, currency: 'GBP' })).toEqual({
      data: {
        products: [
          { shipping: '110 for 5', duty: '90 at 7', insurance: '100', weighed: '5', plain: 'plain', price: 90 },
          { shipping: '220 for 10', duty: '180 at 7', insurance: '200', weighed: '10', plain: 'plain', price: 180 },
        ],
      },
    })
  })

  it('are asked for in one request all the same', async () => {
    const requests = await shop.requests('{ products { shipping duty insurance plain } }')
    expect(requests.map(({ service }) => service)).toEqual(['products', 'transport'])
  })

  it('get what lies within it, called with arguments too', async () => {
    expect(await shop.ask('{ products { bundle offers(first: 1) { price(currency: "GBP") } } }')).toEqual({
      data: {
        products: [1, 2].map(() => ({
          bundle: '[{"code":"offer 0","price":11},{"code":"offer 1","price":11}]',
          offers: [{ price: 9 }],
        })),
      },
    })
  })

  it('are found behind an interface', async () => {
    const query = '{ cheapest { price(currency: "USD") ... on Product { duty insurance } } }'
    expect(await shop.ask(query)).toEqual({ data: { cheapest: { price: 110, duty: '90 at 1', insurance: '100' } } })
  })

  it('are left out and let in by conditions', async () => {
    const query = `query Q($no: Boolean!) { products { shipping @skip(if: $no) duty @include(if: $no) plain } }`
    expect(await shop.ask(query, { no: true })).toEqual({
      data: {
        products: [
          { duty: '90 at 1', plain: 'plain' },
          { duty: '180 at 1', plain: 'plain' },
        ],
      },
    })
    expect(await shop.ask(query, { no: false })).toEqual({
      data: {
        products: [
          { shipping: '110 for 5', plain: 'plain' },
          { shipping: '220 for 10', plain: 'plain' },
        ],
      },
    })
  })

  it('show the client nothing that was made up for them', async () => {
    const names = '{ __type(name: "Product") { fields { name } } }'
    const { data } = await shop.ask(names)
    expect(JSON.stringify(data)).not.toContain('__call')
  })
})

describe('a field that the client calls what another field is called', () => {
  it('is not taken for a key', async () => {
    expect(await shop.ask('{ products { id: name plain } }')).toEqual({
      data: {
        products: [
          { id: 'Product 1', plain: 'plain' },
          { id: 'Product 2', plain: 'plain' },
        ],
      },
    })
  })

  it('is not taken for what a field is computed from', async () => {
    expect(await shop.ask('{ products { weight: price(currency: "GBP") weighed shipping } }')).toEqual({
      data: {
        products: [
          { weight: 90, weighed: '5', shipping: '110 for 5' },
          { weight: 180, weighed: '10', shipping: '220 for 10' },
        ],
      },
    })
  })

  it('is not taken for the name of the type', async () => {
    expect(await shop.ask('{ products { __typename: name weight: __typename weighed } }')).toEqual({
      data: {
        products: [
          { __typename: 'Product 1', weight: 'Product', weighed: '5' },
          { __typename: 'Product 2', weight: 'Product', weighed: '10' },
        ],
      },
    })
  })

  it('may be called what every object inherits, or be it', async () => {
    expect(await shop.ask('{ products { toString: name constructor parent { valueOf: constructor } } }')).toEqual({
      data: {
        products: [
          { toString: 'Product 1', constructor: 'builder 1', parent: { valueOf: 'builder 2' } },
          { toString: 'Product 2', constructor: 'builder 2', parent: null },
        ],
      },
    })
  })

  it('keeps its name in fragments, and where the real one stands further in', async () => {
    const query = `{ products { ...More parent { id name } } } fragment More on Product { name: id plain: weighed }`
    expect(await shop.ask(query)).toEqual({
      data: {
        products: [
          { name: '1', plain: '5', parent: { id: '2', name: 'Product 2' } },
          { name: '2', plain: '10', parent: null },
        ],
      },
    })
  })
})

it('a variable of the client may be called what a plan calls its own', async () => {
  const query = `query Q($representations: String, $contextualArgument_1_0: Int, $client__a: Boolean!) {
    products { price(currency: $representations) duty(rate: $contextualArgument_1_0) plain @skip(if: $client__a) } }`
  const variables = { representations: 'GBP', contextualArgument_1_0: 3, client__a: true }
  expect(await shop.ask(query, variables)).toEqual({
    data: {
      products: [
        { price: 90, duty: '90 at 3' },
        { price: 180, duty: '180 at 3' },
      ],
    },
  })
})
