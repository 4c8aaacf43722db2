import type { GraphRequest } from '@tillgraph/kit/graph-request'
import { executeSync, isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { Execution, type ExecutionError } from '../../src/execution/execution.ts'
import type { Data } from '../../src/execution/merge.ts'
import type { PlanContext } from '../../src/execution/plan.ts'
import { type RunResult, runOnStock, runOperation } from '../../src/execution/run.ts'
import { VIOLATIONS_MAX } from '../../src/execution/violations.ts'
import { type CompiledOperation, compileOperation } from '../../src/operations/compile.ts'
import { DEFAULT_LIMITS } from '../../src/operations/limits.ts'
import { coerceVariables } from '../../src/operations/variables.ts'
import { buildGraph } from '../../src/supergraph/graph.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { compose } from '../kit/compose.ts'
import { Random } from '../kit/random.ts'
import type { TestSubgraph } from '../kit/subgraph.ts'
import { broadTexts } from './broad-supergraph.ts'
import { inventSubgraphs, type World } from './invented-data.ts'
import { inventOperation } from './invented-operations.ts'

const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000)
const CASES_MAX = Number(process.env.ORACLE_CASES ?? 1_000_000)
const ROUNDS = 6
const MILLISECONDS = process.env.ORACLE_CASES ? Number.POSITIVE_INFINITY : 12_000

/** Said by a subgraph to which the stock executor sends an object of a type that it does not know; ours never does. */
const STOCK_MISTAKE = 'The _entities resolver tried to load an entity for type'

const graph = buildGraph(compose(broadTexts))
let world: World = { seed: 0, errors: 0, nulls: 0, brokenNulls: 0 }
const services = inventSubgraphs(broadTexts, () => world)
const options = {
  limits: { ...DEFAULT_LIMITS, aliases: 1000, directives: 1000, costMax: Number.POSITIVE_INFINITY },
  introspection: true,
  suggestions: true,
}

function contextOf(form: 'value' | 'text'): PlanContext {
  return {
    supergraphSchema: graph.supergraphSchema,
    isObjectType: type => isObjectType(graph.supergraphSchema.getType(type)),
    isTypeOf: graph.isTypeOf,
    failed: (service, error) => {
      throw new Error(`${service} failed: ${error instanceof Error ? error.stack : error}`)
    },
    transportOf: name => transportTo(services.get(name) as TestSubgraph, form),
  }
}

function transportTo(service: TestSubgraph, form: 'value' | 'text'): Transport {
  const subscribe = (request: GraphRequest) => service.subscribe(request)
  if (form === 'value') return { form, send: request => service.execute(request), subscribe }
  return { form, send: (body, headers) => service.execute({ ...JSON.parse(body), headers }), subscribe }
}

/** Both run one after the other on the same invented world. */
async function runBoth(compiled: CompiledOperation, variables: Record<string, unknown>) {
  const coerced = coerceVariables(graph.schema, compiled.operation, variables, true)
  if (coerced.kind === 'refused') throw new Error(JSON.stringify(coerced.errors))
  const execution = new Execution(variables, coerced.values, {})
  const ours = await runOperation(compiled, execution)
  const shaped = shapeBySpecification(compiled, execution.data, variables)
  // The stock executor misjudges fragments within fragments on objects whose type was not asked for, and takes the
  // name of an interface object for the type of an object that it knew better before.
  for (const service of services.values()) service.addsTypeNames = true
  const stock = await runOnStock(compiled, new Execution(variables, coerced.values, {}))
  for (const service of services.values()) service.addsTypeNames = false
  return { ours, stock, shaped }
}

it(`answers like the stock executor whatever is asked and whatever goes wrong (ORACLE_SEED=${SEED})`, async () => {
  const random = new Random(SEED)
  const contexts = [contextOf('value'), contextOf('text')]
  const count = {
    compared: 0,
    invalid: 0,
    unplannable: 0,
    slowPath: 0,
    stockWrong: 0,
    withErrors: 0,
    withViolations: 0,
  }
  const end = Date.now() + MILLISECONDS
  for (let number = 0; number < CASES_MAX && Date.now() < end; number++) {
    const { query, variables } = inventOperation(graph.schema, random)
    const compiled = compileOperation(graph, random.pick(contexts), query, undefined, options)
    if (compiled.kind === 'refused') {
      if (compiled.cause) count.unplannable += 1
      else count.invalid += 1
      continue
    }
    if (!compiled.fast) count.slowPath += 1
    for (let round = 0; round < ROUNDS; round++) {
      const calm = random.chance(0.3)
      world = {
        seed: random.below(1_000_000),
        errors: calm ? 0 : random.pick([0, 0.02, 0.2]),
        nulls: random.pick([0, 0.1, 0.4]),
        brokenNulls: calm ? 0 : random.pick([0, 0, 0.02]),
      }
      const { ours, stock, shaped } = await runBoth(compiled, variables)
      count.compared += 1
      if (stock.errors.length > 0) count.withErrors += 1
      if (stock.extensions) count.withViolations += 1
      if (stock.errors.some(({ message }) => message.startsWith(STOCK_MISTAKE))) {
        count.stockWrong += 1
        continue
      }
      const told = `case ${number} ${JSON.stringify(world)}\n${query}\n${JSON.stringify(variables)}`
      if (shaped !== undefined) expect(ours.data, `shape of ${told}`).toBe(shaped)
      const data: unknown = JSON.parse(ours.data ?? 'null')
      for (const { path } of ours.errors) expect(pointsAtNothing(data, path), `${path} of ${told}`).toBe(true)
      const [mine, theirs] = [comparable(ours), comparable(stock)]
      if (mine.violations.length === VIOLATIONS_MAX) {
        theirs.violations = theirs.violations.filter(violation => mine.violations.includes(violation))
      }
      expect(mine, told).toEqual(theirs)
    }
  }
  console.log(`oracle seed ${SEED}:`, JSON.stringify(count))
  expect(count.slowPath).toBe(0)
  expect(count.compared).toBeGreaterThan(100)
}, 3_600_000)

/** What graphql-js makes of the collected data: the order of fields and the ways of nulls are the specification's. */
function shapeBySpecification(compiled: CompiledOperation, data: Data, variables: Record<string, unknown>) {
  // Set where the fetch failed that would have told what lies behind an interface object: no shape is right then.
  let isUncertain = false
  const result = executeSync({
    schema: graph.schema,
    document: compiled.document,
    rootValue: data,
    variableValues: variables,
    fieldResolver: (source, _args, _context, info) => (source as Data)[info.path.key],
    // Where the plan did not ask which type it is, nothing depends on it.
    typeResolver: (source, _context, _info, type) => {
      const possible = graph.schema.getPossibleTypes(type).map(({ name }) => name)
      const told = (source as Data).__typename
      if (told === type.name) isUncertain = true
      return possible.find(name => name === told) ?? possible[0]
    },
  })
  return isUncertain ? undefined : JSON.stringify(result.data)
}

/** The stock executor orders fields by its own lights and violations with them: order is checked elsewhere. */
function comparable({ data, errors, extensions }: RunResult) {
  const { valueCompletion = [] } = JSON.parse(extensions ?? '{}') as { valueCompletion?: ExecutionError[] }
  return {
    data: JSON.parse(data ?? 'null') as unknown,
    violations: valueCompletion.map(textOf).sort(),
    errors: errors.map(error => textOf({ ...error, path: settledPath(error.path) })).sort(),
  }
}

/**
 * The place of an error, without numbers of list items: the stock executor counts them wrong where an object before
 * had nothing to be asked for. An error about a whole request for entities stands, in ours, where their list begins.
 */
function settledPath(path: ExecutionError['path']): ExecutionError['path'] {
  const end = path?.findIndex(part => part === '@' || part === '_entities') ?? -1
  const settled = end < 0 ? path : path?.slice(0, end)
  return settled?.map(part => (typeof part === 'number' ? '#' : part))
}

/** Whether an error points at something that is missing from the answer, or was never asked for by the client. */
function pointsAtNothing(data: unknown, path: ExecutionError['path']): boolean {
  let value = data
  for (const part of path ?? []) {
    if (value === null || value === undefined) return true
    value = (value as Data)[part]
  }
  return path === undefined || value === null || value === undefined
}

function textOf({ message, path, extensions }: ExecutionError): string {
  return JSON.stringify({ message, path, extensions })
}
