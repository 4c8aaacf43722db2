import { Writable } from 'node:stream'
import { parseDecimal } from '@tillgraph/rules/decimal'
import { expect, it } from 'vitest'
import type { AccessTokenReader } from '../access/access-token.ts'
import { refusal } from '../errors.ts'
import type { GraphAnswer } from '../graph-request.ts'
import { createLog } from '../log.ts'
import { createSubgraph } from './subgraph.ts'

const sdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@tag"])
  input LineInput { quantity: Decimal! }
  union Outcome = Done | NotFound
  type Done { total: Int! }
  type Query {
    fine: Int @allow(public: true)
    breaks: Int @allow(public: true)
    breaksLater: Int @allow(public: true)
    refuses: Int @allow(public: true)
    away: Int @allow(public: true)
    rule(text: String!): Int @allow(public: true)
    line(input: LineInput!): Int @allow(public: true)
    at(when: DateTime!): DateTime @allow(public: true)
    outcome(found: Boolean!): Outcome @allow(public: true)
    must: Int! @allow(public: true)
  }
  type Subscription {
    breaks: Int @allow(public: true)
    breaksOnTheWay: Int @allow(public: true)
    counts: Int @allow(public: true)
  }`

const secret = 'password authentication failed for user "tillgraph_orders" at 10.0.0.7'
const broken = () => {
  throw new Error(secret)
}

function started(accessTokens: AccessTokenReader = { read: () => undefined }) {
  const lines: string[] = []
  const log = createLog(
    'test',
    'error',
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    }),
  )
  const subgraph = createSubgraph(
    {
      name: 'test',
      sdl,
      resolvers: {
        Query: {
          fine: () => 1,
          breaks: broken,
          breaksLater: async () => broken(),
          refuses: () => Promise.reject(refusal('FORBIDDEN', 'This is not allowed for you.')),
          away: () => Promise.reject(refusal('SERVICE_UNAVAILABLE', 'Try again.')),
          rule: (_: unknown, { text }: { text: string }) => Number(parseDecimal(text, 2, 100n)),
          line: () => 1,
          at: (_: unknown, { when }: { when: Date }) => when,
          outcome: (_: unknown, { found }: { found: boolean }) =>
            found
              ? { __typename: 'Done', total: 5 }
              : { __typename: 'NotFound', code: 'NOT_FOUND', message: 'There is none.' },
          must: () => null,
        },
        Subscription: {
          breaks: { subscribe: broken },
          breaksOnTheWay: {
            subscribe: async function* () {
              yield { breaksOnTheWay: 1 }
              broken()
            },
          },
          counts: {
            subscribe: async function* () {
              yield { counts: 1 }
              yield { counts: 2 }
            },
          },
        },
      } as never,
      contextOf: request => request,
    },
    { log, accessTokens, serviceTokens: undefined },
  )
  const headers = { 'x-request-id': 'request-12345' }
  return {
    lines,
    ask: (query: string, variables = {}, operationName?: string) =>
      subgraph.execute({ query, variables, headers, operationName }),
    async subscribe(query: string) {
      const answers: GraphAnswer[] = []
      for await (const answer of subgraph.subscribe({ query, headers })) answers.push(answer)
      return answers
    },
  }
}

const codes = (answer: GraphAnswer | undefined) => answer?.errors?.map(error => error.extensions?.code)

it.each(['{ fine breaks }', '{ fine breaksLater }'])(
  'tells nothing of an unforeseen error but a request id: %s',
  async query => {
    const { ask, lines } = started()
    const answer = await ask(query)
    expect(answer.data?.fine).toBe(1)
    expect(codes(answer)).toEqual(['INTERNAL_SERVER_ERROR'])
    expect(JSON.stringify(answer)).not.toContain('10.0.0.7')
    expect(JSON.stringify(answer)).not.toContain('stack')
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringContaining('request-12345'),
      path: [expect.stringContaining('breaks')],
    })
    expect(lines.join()).toContain('10.0.0.7')
    expect(lines.join()).toContain('request-12345')
  },
)

it('tells a refusal of ours as it is, and logs none', async () => {
  const { ask, lines } = started()
  const answer = await ask('{ refuses away }')
  expect(answer.errors?.map(({ message }) => message)).toEqual(['This is not allowed for you.', 'Try again.'])
  expect(codes(answer)).toEqual(['FORBIDDEN', 'SERVICE_UNAVAILABLE'])
  expect(lines).toEqual([])
})

it('tells what a rule refused as bad input, without what was typed', async () => {
  const { ask } = started()
  const answer = await ask('{ rule(text: "4111 1111 1111 1111") }')
  expect(codes(answer)).toEqual(['BAD_USER_INPUT'])
  expect(JSON.stringify(answer)).not.toContain('4111')
})

it.each([
  ['a value that is no decimal', 'query ($i: LineInput!) { line(input: $i) }', { i: { quantity: '1e5' } }],
  ['a value that is missing', 'query ($i: LineInput!) { line(input: $i) }', {}],
  ['a field that there is not', 'query ($i: LineInput!) { line(input: $i) }', { i: { quantity: '1', price: '0' } }],
  ['a day that there is not', 'query ($w: DateTime!) { at(when: $w) }', { w: '2026-02-30T00:00:00Z' }],
])('refuses variables with %s before anything runs', async (_what, query, variables) => {
  const answer = await started().ask(query, variables)
  expect(answer.data).toBeUndefined()
  expect(codes(answer)).toEqual(['BAD_USER_INPUT'])
})

it('refuses what cannot be read, and what the schema does not have', async () => {
  const { ask } = started()
  expect(codes(await ask('{ fine'))).toEqual(['GRAPHQL_PARSE_FAILED'])
  expect(codes(await ask('{ wrong }'))).toEqual(['GRAPHQL_VALIDATION_FAILED'])
  expect(codes(await ask('query A { fine } query B { fine }'))).toEqual(['GRAPHQL_VALIDATION_FAILED'])
  expect(codes(await ask('query A { fine }', {}, 'B'))).toEqual(['GRAPHQL_VALIDATION_FAILED'])
  expect(codes(await ask(`{ ${'fine '.repeat(20_000)} }`))).toEqual(['GRAPHQL_PARSE_FAILED'])
  expect((await ask('query A { fine } query B { other: fine }', {}, 'B')).data).toEqual({ other: 1 })
})

it('tells the members of a union apart by what the use case answered', async () => {
  const query =
    'query ($f: Boolean!) { outcome(found: $f) { __typename ... on Done { total } ... on NotFound { code } } }'
  const { ask } = started()
  expect((await ask(query, { f: true })).data).toEqual({ outcome: { __typename: 'Done', total: 5 } })
  expect((await ask(query, { f: false })).data).toEqual({ outcome: { __typename: 'NotFound', code: 'NOT_FOUND' } })
})

it('answers null as a whole where a field that must be there is not', async () => {
  const answer = await started().ask('{ fine must }')
  expect(answer.data).toBeNull()
  expect(codes(answer)).toEqual(['INTERNAL_SERVER_ERROR'])
})

it('refuses a request whose token cannot be read, and tells nothing when reading breaks', async () => {
  const refuses = started({ read: () => Promise.reject(refusal('UNAUTHENTICATED', 'Not one of ours.')) })
  expect(codes(await refuses.ask('{ fine }'))).toEqual(['UNAUTHENTICATED'])
  const breaks = started({ read: broken })
  const answer = await breaks.ask('{ fine }')
  expect(codes(answer)).toEqual(['INTERNAL_SERVER_ERROR'])
  expect(JSON.stringify(answer)).not.toContain('10.0.0.7')
})

it('gives one answer per event of a subscription', async () => {
  const answers = await started().subscribe('subscription { counts }')
  expect(answers.map(({ data }) => data)).toEqual([{ counts: 1 }, { counts: 2 }])
})

it.each(['breaks', 'breaksOnTheWay'])('tells nothing of an unforeseen error of a subscription: %s', async field => {
  const { subscribe, lines } = started()
  const answers = await subscribe(`subscription { ${field} }`)
  expect(codes(answers.at(-1))).toEqual(['INTERNAL_SERVER_ERROR'])
  expect(JSON.stringify(answers)).not.toContain('10.0.0.7')
  expect(lines.join()).toContain('10.0.0.7')
})
