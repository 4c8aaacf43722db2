import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HttpParser } from '../harness/http-parser.ts'
import { composeSample } from './schemas.ts'
import { SampleSubgraphs } from './server.ts'

let subgraphs: SampleSubgraphs

beforeAll(async () => {
  subgraphs = await SampleSubgraphs.start()
})

afterAll(() => subgraphs.stop())

function request(query: string, variables: Record<string, unknown>): string {
  const body = JSON.stringify({ query, variables })
  return `POST /graphql HTTP/1.1\r\nhost: sample\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** Sends all requests at once on one connection, and gives the answers in the order in which they come. */
function pipelined(port: number, requests: readonly string[]): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const answers: unknown[] = []
    const parser = new HttpParser()
    const socket = connect(port, '127.0.0.1', () => socket.write(requests.join('')))
    socket.on('error', reject)
    socket.on('data', chunk => {
      parser.read(chunk, ({ body }) => answers.push(JSON.parse(body.toString())))
      if (answers.length === requests.length) {
        socket.destroy()
        resolve(answers)
      }
    })
  })
}

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Product { upc shippingEstimate inStock } }
}`

test('the four schemas compose', () => {
  expect(composeSample(name => subgraphs.url(name))).toContain(`url: "${subgraphs.url('reviews')}"`)
})

test('answers come in the order of their requests, those that are remembered too, and all are counted', async () => {
  const before = await subgraphs.requests()
  const asked = [5, 6, 5, 7, 6, 5].map(number =>
    request('query ($id: ID!) { user(id: $id) { id } }', { id: `u${number}` }),
  )
  const answers = await pipelined(subgraphs.ports.users, [...asked, ...asked])
  const ids = [5, 6, 5, 7, 6, 5].map(number => ({ data: { user: { id: `u${number}` } } }))
  expect(answers).toEqual([...ids, ...ids])
  expect((await subgraphs.requests()) - before).toBe(12)
})

test('inventory answers from what a gateway hands it of the other subgraph', async () => {
  const representations = [{ __typename: 'Product', upc: 'p4', price: 100, weight: 300 }]
  const [answer] = await pipelined(subgraphs.ports.inventory, [request(ENTITIES, { representations })])
  expect(answer).toEqual({ data: { _entities: [{ upc: 'p4', shippingEstimate: 150, inStock: true }] } })
})

test('an invalid operation gets an error and no silence', async () => {
  const [answer] = await pipelined(subgraphs.ports.products, [request('{ nonsense }', {})])
  expect(answer).toMatchObject({ errors: [{ message: expect.stringContaining('nonsense') }] })
})
