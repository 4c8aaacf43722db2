import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { createLog } from '@tillgraph/kit/log'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../src/gateway.ts'
import { hashOf } from '../src/operations/persisted-queries.ts'
import { compose } from './kit/compose.ts'
import { BIG_QUERY, createShop, SMALL_QUERY, shopTexts } from './kit/shop.ts'
import type { TestSubgraph } from './kit/subgraph.ts'

interface Exchange {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly search?: string
  readonly body?: unknown
}

interface Reply {
  readonly status: number
  readonly contentType: string | null
  readonly cacheControl: string | null
  readonly allow: string | null
  readonly body: string
}

const shop = createShop()
let stock: ApolloServer
let gateway: Gateway
let url: string

beforeAll(async () => {
  const sdl = compose(shopTexts)
  stock = new ApolloServer({
    gateway: new ApolloGateway({
      supergraphSdl: sdl,
      buildService: ({ name }) => dataSource(shop.get(name) as TestSubgraph),
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    }),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
  })
  await stock.start()
  gateway = await createGateway({
    supergraph: { sdl },
    services: shop,
    production: false,
    log: createLog('gateway', 'silent'),
  })
  await gateway.listen(0, '127.0.0.1')
  url = `http://127.0.0.1:${gateway.address?.port}/graphql`
})

afterAll(async () => {
  await gateway.stop()
  await stock.stop()
})

function dataSource(service: TestSubgraph): GraphQLDataSource {
  return {
    process: async ({ request }) => {
      const { query = '', operationName, variables } = request
      return (await service.execute({ query, operationName, variables, headers: {} })) as never
    },
  }
}

async function askStock({ method = 'POST', headers = {}, search = '', body }: Exchange): Promise<Reply> {
  const map = new HeaderMap(Object.entries(withContentType(method, headers)))
  const response = await stock.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: map, search, body },
    context: async () => ({}),
  })
  return {
    status: response.status ?? 200,
    contentType: response.headers.get('content-type') ?? null,
    cacheControl: response.headers.get('cache-control') ?? 'no-store',
    allow: response.headers.get('allow') ?? null,
    body: response.body.kind === 'complete' ? response.body.string : '',
  }
}

async function askOurs({ method = 'POST', headers = {}, search = '', body }: Exchange): Promise<Reply> {
  const response = await fetch(url + search, {
    method,
    headers: withContentType(method, headers),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    cacheControl: response.headers.get('cache-control'),
    allow: response.headers.get('allow'),
    body: await response.text(),
  }
}

function withContentType(method: string, headers: Record<string, string>): Record<string, string> {
  const accept = { accept: '*/*', ...headers }
  return method === 'POST' && !headers['content-type'] ? { 'content-type': 'application/json', ...accept } : accept
}

const hello = '{ me { name } }'
const cases: Record<string, Exchange> = {
  'a small query': { body: { query: SMALL_QUERY } },
  'a big query': { body: { query: BIG_QUERY } },
  'a mutation': { body: { query: 'mutation { rename(id: "u2", name: "Turing") { id name } }' } },
  'a query with variables': {
    body: { query: 'query ($n: Int!) { topProducts(first: $n) { upc } }', variables: { n: 2 } },
  },
  'a missing variable': { body: { query: 'query ($n: Int!) { topProducts(first: $n) { upc } }' } },
  'a wrong variable': {
    body: { query: 'query ($n: Int!) { topProducts(first: $n) { upc } }', variables: { n: 'two' } },
  },
  'two wrong variables': {
    body: {
      query: 'query ($n: Int!, $id: ID!) { topProducts(first: $n) { upc } user(id: $id) { id } }',
      variables: { n: {} },
    },
  },
  'one of two operations': { body: { query: 'query A { me { id } } query B { me { name } }', operationName: 'B' } },
  'null for everything optional': { body: { query: hello, variables: null, operationName: null, extensions: null } },
  introspection: { body: { query: '{ __schema { queryType { name } types { name } } }' } },
  'introspection beside data': {
    body: { query: 'query ($t: String!) { __type(name: $t) { kind } me { id } __typename }', variables: { t: 'User' } },
  },
  'a syntax error': { body: { query: '{ me { ' } },
  'an unknown field, with a suggestion': { body: { query: '{ me { nam } }' } },
  'several faults': { body: { query: '{ me { nope } product { upc } ...Missing }' } },
  'an empty query': { body: { query: '' } },
  'no query': { body: { variables: {} } },
  'an empty object': { body: {} },
  'a batch': { body: [{ query: hello }] },
  'a query that is no string': { body: { query: 1 } },
  'variables as a string': { body: { query: hello, variables: '{}' } },
  'variables as a list': { body: { query: hello, variables: [] } },
  'extensions as a string': { body: { query: hello, extensions: '{}' } },
  'a name that is no string': { body: { query: hello, operationName: 1 } },
  'a body that is not declared JSON': { headers: { 'content-type': 'text/plain' }, body: undefined },
  'a form': { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: undefined },
  'an answer as graphql-response+json': {
    headers: { accept: 'application/graphql-response+json' },
    body: { query: hello },
  },
  'what Apollo Client accepts': {
    headers: { accept: 'application/graphql-response+json,application/json;q=0.9' },
    body: { query: hello },
  },
  'what urql accepts': {
    headers: {
      accept:
        'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    },
    body: { query: hello },
  },
  'nothing acceptable': { headers: { accept: 'image/png' }, body: { query: hello } },
  'JSON refused by weight': { headers: { accept: 'application/json;q=0, */*' }, body: { query: hello } },
  'a GET without a header against forgery': { method: 'GET', search: `?query=${encodeURIComponent(hello)}` },
  'a GET with one': {
    method: 'GET',
    headers: { 'apollo-require-preflight': '1' },
    search: `?query=${encodeURIComponent(hello)}`,
  },
  'a GET with variables': {
    method: 'GET',
    headers: { 'x-apollo-operation-name': 'X' },
    search: `?query=${encodeURIComponent('query X($n: Int) { topProducts(first: $n) { upc } }')}&operationName=X&variables=${encodeURIComponent('{"n":1}')}`,
  },
  'a GET with broken variables': {
    method: 'GET',
    headers: { 'x-apollo-operation-name': 'X' },
    search: `?query=${encodeURIComponent(hello)}&variables=%7B`,
  },
  'a GET with two queries': {
    method: 'GET',
    headers: { 'x-apollo-operation-name': 'X' },
    search: '?query=%7Bme%7Bid%7D%7D&query=%7Bme%7Bid%7D%7D',
  },
  'a mutation by GET': {
    method: 'GET',
    headers: { 'apollo-require-preflight': '1' },
    search: `?query=${encodeURIComponent('mutation { rename(id: "u1", name: "x") { id } }')}`,
  },
  'another method': { method: 'PUT', headers: { 'content-type': 'application/json' }, body: { query: hello } },
  'a hash that is not known': { body: { extensions: { persistedQuery: { version: 1, sha256Hash: 'f'.repeat(64) } } } },
}

describe('the gateway answers byte for byte as Apollo Server with @apollo/gateway does', () => {
  for (const [name, exchange] of Object.entries(cases)) {
    it(name, async () => {
      expect(await askOurs(exchange)).toEqual(await askStock(exchange))
    })
  }

  it('but for hashes that are at fault, which are a bad request and no fault of the server', async () => {
    for (const persistedQuery of [
      { version: 1, sha256Hash: 'f'.repeat(64) },
      { version: 2, sha256Hash: hashOf(hello) },
    ]) {
      const exchange = { body: { query: hello, extensions: { persistedQuery } } }
      const [ours, stock] = [await askOurs(exchange), await askStock(exchange)]
      expect(ours.status).toBe(400)
      expect(stock.body).toContain('INTERNAL_SERVER_ERROR')
      expect(ours.body).toBe(stock.body.replace('INTERNAL_SERVER_ERROR', 'BAD_REQUEST'))
    }
  })

  it('a document sent once and named by its hash from then on', async () => {
    const query = 'query Persisted { users { id } }'
    const extensions = { persistedQuery: { version: 1, sha256Hash: hashOf(query) } }
    for (const body of [{ extensions }, { query, extensions }, { extensions }]) {
      expect(await askOurs({ body })).toEqual(await askStock({ body }))
    }
  })

  it('errors of a subgraph', async () => {
    const users = shop.get('users') as TestSubgraph
    users.before = () => ({
      data: { me: null },
      errors: [
        { message: 'Not for you', path: ['me'], extensions: { code: 'FORBIDDEN', reason: 'x' } },
        { message: 'Odd', path: ['me'] },
      ],
    })
    expect(await askOurs({ body: { query: hello } })).toEqual(await askStock({ body: { query: hello } }))
    users.before = undefined
  })

  it('an answer that breaks the schema without saying so', async () => {
    const products = shop.get('products') as TestSubgraph
    products.before = () => ({
      data: {
        topProducts: [
          { upc: 'p1', name: null },
          { upc: 'p2', name: 'x', price: 'much' },
        ],
      },
    })
    const body = { query: '{ topProducts { upc name price } }' }
    expect(await askOurs({ body })).toEqual(await askStock({ body }))
    products.before = undefined
  })

  // The stock gateway answers these with status 500; a bad request of a client is no fault of the server.
  it.each([
    ['an operation that is not there', { query: hello, operationName: 'Nope' }],
    ['no choice among operations', { query: 'query A { me { id } } query B { me { name } }' }],
  ])('but refuses %s as a bad request', async (_name, body) => {
    const [ours, theirs] = [await askOurs({ body }), await askStock({ body })]
    expect(theirs.status).toBe(500)
    expect(ours.status).toBe(400)
    expect(JSON.parse(ours.body).errors[0]).toEqual({
      message: JSON.parse(theirs.body).errors[0].message,
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
    })
  })
})
