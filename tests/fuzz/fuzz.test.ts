import { readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillBusiness } from '../security/fill-business.ts'
import { signUp, type TestBusiness } from '../support/ask.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { abusive } from './abusive.ts'
import { attack } from './attack.ts'
import { makeCases } from './cases.ts'
import { leakIn } from './leaks.ts'
import { malformed } from './malformed.ts'
import { originOf } from './wire.ts'

const START_TIMEOUT_MS = 90_000
const ATTACK_TIMEOUT_MS = 120_000
const MALFORMED = Number(process.env.FUZZ_MALFORMED ?? 500)
const ABUSIVE = Number(process.env.FUZZ_ABUSIVE ?? 66)
const AT_ONCE = 8
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)

let graph: TestGraph
let business: TestBusiness

beforeAll(async () => {
  graph = await startTestGraph('one box', { production: true })
  business = await signUp(graph.url, 'Fuzzed')
  await fillBusiness(graph.url, business)
}, START_TIMEOUT_MS)

afterAll(() => graph?.stop(), START_TIMEOUT_MS)

test(
  `whatever is sent is answered, without a fault of ours and without a look inside (FUZZ_SEED=${SEED})`,
  async () => {
    const supergraph = readFileSync(new URL('../../supergraph.graphql', import.meta.url), 'utf8')
    const schema = Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema()
    const options = { schema, path: '/graphql', token: business.token }
    const cases = [
      ...makeCases(malformed, MALFORMED, { ...options, seed: SEED }),
      ...makeCases(abusive, ABUSIVE, { ...options, seed: SEED + 1 }),
    ]
    const report = await attack(cases, { origin: originOf(graph.url), atOnce: AT_ONCE })
    expect(report.faults).toEqual([])
    expect(report.sent).toBe(cases.length)
    expect(report.refusedMs.length).toBeGreaterThan(cases.length / 3)
  },
  ATTACK_TIMEOUT_MS,
)

test('what would be a look inside is known as one', () => {
  for (const text of [
    'Error: boom\n    at Object.resolve (/app/subgraphs/catalog/src/resolvers/product.ts:12:9)',
    '{"message":"relation \\"catalog.product\\" does not exist"}',
    '{"message":"insert into inventory.stock (tenant_id) values ($1)"}',
    '{"message":"connect ECONNREFUSED 10.0.0.5:5432"}',
    '{"message":"Cannot read properties of undefined (reading \'id\')"}',
    '{"extensions":{"serviceName":"catalog"}}',
  ])
    expect(leakIn(text), text).toBeDefined()
  expect(leakIn('{"errors":[{"message":"Cannot query field \\"nope\\" on type \\"Query\\"."}]}')).toBeUndefined()
})
