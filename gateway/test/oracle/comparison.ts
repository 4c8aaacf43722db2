import type { GraphRequest } from '@tillgraph/kit/graph-request'
import { executeSync, isObjectType } from 'graphql'
import { Execution, type ExecutionError } from '../../src/execution/execution.ts'
import { type Data, isData } from '../../src/execution/merge.ts'
import type { PlanContext } from '../../src/execution/plan.ts'
import type { ResponseNames } from '../../src/execution/response-names.ts'
import { type RunResult, runOnStock, runOperation } from '../../src/execution/run.ts'
import { VIOLATIONS_MAX } from '../../src/execution/violations.ts'
import type { Headers } from '../../src/identity/forwarded-headers.ts'
import { type CompiledOperation, compileOperation } from '../../src/operations/compile.ts'
import type { RefusedOperation } from '../../src/operations/errors.ts'
import { DEFAULT_LIMITS } from '../../src/operations/limits.ts'
import { coerceVariables } from '../../src/operations/variables.ts'
import { buildGraph, type Graph } from '../../src/supergraph/graph.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { compose, type SubgraphText } from '../kit/compose.ts'
import type { TestSubgraph } from '../kit/subgraph.ts'
import { inventSubgraphs, type World } from './invented-data.ts'

const OPTIONS = {
  limits: { ...DEFAULT_LIMITS, aliases: 1000, directives: 1000, costMax: Number.POSITIVE_INFINITY },
  introspection: true,
  suggestions: true,
}

/** How a subgraph is spoken to: with values, or with text as over HTTP. */
export type Form = 'value' | 'text'

export interface Comparison {
  /** What differs, as pairs for an assertion: what is there and what should be; the first is the most telling. */
  readonly differences: readonly { readonly about: string; readonly actual: unknown; readonly expected: unknown }[]
  readonly ours: RunResult
  readonly stock: RunResult
}

/** Runs operations on our engine and on the stock executor, on one invented world, and says how the answers differ. */
export class Oracle {
  readonly graph: Graph
  readonly services: ReadonlyMap<string, TestSubgraph>
  readonly #contexts: Readonly<Record<Form, PlanContext>>
  /** How often an answer was passed on as its subgraph wrote it. */
  passedOn = 0
  #world: World = { seed: 0, errors: 0, nulls: 0, brokenNulls: 0 }

  constructor(texts: readonly SubgraphText[]) {
    this.graph = buildGraph(compose(texts))
    this.services = inventSubgraphs(texts, () => this.#world)
    this.#contexts = { value: this.#contextOf('value'), text: this.#contextOf('text') }
  }

  compile(query: string, form: Form): CompiledOperation | RefusedOperation {
    return compileOperation(this.graph, this.#contexts[form], query, undefined, OPTIONS)
  }

  async compare(compiled: CompiledOperation, variables: Record<string, unknown>, world: World): Promise<Comparison> {
    this.#world = world
    for (const service of this.services.values()) service.requests.length = 0
    const { ours, stock, shaped, names, isTyped } = await this.#runBoth(compiled, variables)
    const differences: { about: string; actual: unknown; expected: unknown }[] = []
    const add = (about: string, actual: unknown, expected: unknown) => {
      if (JSON.stringify(actual) !== JSON.stringify(expected)) differences.push({ about, actual, expected })
    }
    if (shaped !== undefined) add('shape', ours.data, shaped)
    const data: unknown = JSON.parse(ours.data ?? 'null')
    for (const { path } of ours.errors) {
      if (!pointsAtNothing(data, path, names)) add('place of an error', path, 'a place without a value')
    }
    const [mine, theirs] = [comparable(ours), comparable(stock, names)]
    if (mine.told === VIOLATIONS_MAX) {
      theirs.violations = theirs.violations.filter(violation => mine.violations.includes(violation))
    }
    // Two calls under one name, for different types: the stock executor cannot read for which types a fetch is.
    if (isTyped) return { differences, ours, stock }
    add('errors', mine.errors, theirs.errors)
    add('violations', mine.violations, theirs.violations)
    add('data', mine.data, theirs.data)
    return { differences, ours, stock }
  }

  /** What our engine asks of the subgraphs to answer an operation. */
  async requestsOf(compiled: CompiledOperation, variables: Record<string, unknown>, world: World) {
    this.#world = world
    for (const service of this.services.values()) service.requests.length = 0
    await this.#runOurs(compiled, variables)
    return [...this.services].flatMap(([service, { requests }]) => requests.map(request => ({ service, request })))
  }

  /** Both run one after the other on the same invented world. */
  async #runBoth(asked: CompiledOperation, variables: Record<string, unknown>) {
    const { ours, execution } = await this.#runOurs(asked, variables)
    // Where no one plan is right for all outcomes of the conditions, the stock executor is given the plan for this one.
    const compiled = asked.byCondition?.choose(execution.coerced) ?? asked
    const shaped = shapeBySpecification(this.graph, compiled, execution.data, variables)
    // The stock executor misjudges fragments within fragments on objects whose type was not asked for, takes the name of
    // an interface object for the type of an object that it knew better before, and sends subgraphs objects of types
    // that they do not know or without a key. So it is helped over these; what it makes of the answers is compared.
    for (const service of this.services.values()) service.helpsStock = true
    const stock = await runOnStock(compiled, new Execution(variables, execution.coerced, {}))
    for (const service of this.services.values()) service.helpsStock = false
    return { ours, stock, shaped, names: compiled.names, isTyped: JSON.stringify(compiled.plan).includes('|[') }
  }

  async #runOurs(compiled: CompiledOperation, variables: Record<string, unknown>) {
    const coerced = coerceVariables(this.graph.schema, compiled.operation, variables, true)
    if (coerced.kind === 'refused') throw new Error(JSON.stringify(coerced.errors))
    const execution = new Execution(variables, coerced.values, {})
    const ours = await runOperation(compiled, execution)
    // what was passed on unread was never collected
    if (ours.whole) {
      this.passedOn++
      Object.assign(execution.data, JSON.parse(ours.data ?? 'null'))
    }
    return { ours, execution }
  }

  #contextOf(form: Form): PlanContext {
    const { graph, services } = this
    return {
      supergraphSchema: graph.supergraphSchema,
      isObjectType: type => isObjectType(graph.supergraphSchema.getType(type)),
      factsOf: graph.factsOf,
      failed: (service, error) => {
        throw new Error(`${service} failed: ${error instanceof Error ? error.stack : error}`)
      },
      transportOf: name => transportTo(services.get(name) as TestSubgraph, form),
    }
  }
}

function transportTo(service: TestSubgraph, form: Form): Transport {
  const subscribe = (request: GraphRequest) => service.subscribe(request)
  if (form === 'value') return { form, send: request => service.execute(request), subscribe }
  const send = (body: string, headers: Headers) => service.execute({ ...JSON.parse(body), headers })
  return {
    form,
    send,
    async sendUnread(body, headers, _repeatable, take) {
      const answer = await send(body, headers)
      return take(Buffer.from(JSON.stringify(answer))) ?? answer
    },
    subscribe,
  }
}

/** What graphql-js makes of the collected data: the order of fields and the ways of nulls are the specification's. */
function shapeBySpecification(
  graph: Graph,
  compiled: CompiledOperation,
  data: Data,
  variables: Record<string, unknown>,
): string | undefined {
  // Set where the fetch failed that would have told what lies behind an interface object: no shape is right then.
  let isUncertain = false
  const result = executeSync({
    schema: graph.schema,
    document: compiled.document,
    rootValue: data,
    variableValues: variables,
    fieldResolver: (source, _args, _context, info) => {
      const key = String(info.path.key)
      return (source as Data)[compiled.names?.stored(key, info.fieldName) ?? key]
    },
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
function comparable(result: RunResult, names?: ResponseNames) {
  const { errors, extensions } = result
  const { valueCompletion = [] } = JSON.parse(extensions ?? '{}') as { valueCompletion?: ExecutionError[] }
  const data: unknown = JSON.parse(result.data ?? 'null')
  const violations = valueCompletion.map(violation => violationText(names ? asTold(violation, names) : violation, data))
  return {
    data: ordered(data),
    told: violations.length,
    violations: [...new Set(violations)].sort(),
    errors: errors.map(error => textOf({ ...error, path: settledPath(error.path) })).sort(),
  }
}

/** The stock executor knows a field by our own name for it, and says so. */
function asTold(violation: ExecutionError, names: ResponseNames): ExecutionError {
  const [restored = violation] = names.restoreErrors([violation])
  const [last, told] = [violation.path?.at(-1), restored.path?.at(-1)]
  return { ...restored, message: restored.message.replace(`.${last}.`, `.${told}.`) }
}

/**
 * Of all that brings one place of the answer to nothing, the specification wants one to be told ("only one error should be
 * added to the errors list per field", 6.4.4). Which one depends on the order in which fields are looked at, and so does
 * whether a field is named as one of its object or of the interface of a fragment. Both are left out; the place and the
 * fault stay.
 */
function violationText(violation: ExecutionError, data: unknown): string {
  const { message, path = [], extensions } = violation
  let value = data
  const end = path.findIndex(part => {
    if (value === null || value === undefined) return true
    value = (value as Data)[part]
    return false
  })
  if (end >= 0) return `comes to nothing: ${JSON.stringify(path.slice(0, end))}`
  return textOf({ message: message.replace(/ field \w+\./, ' field '), path, extensions })
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]))
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

/**
 * Whether an error points at something that is missing from the answer, or was never asked for by the client. Where the
 * client calls another field by the name of one that was needed only, the error is told of the object they are of.
 */
function pointsAtNothing(data: unknown, path: ExecutionError['path'], names: ResponseNames | undefined): boolean {
  let value = data
  for (const part of path ?? []) {
    if (value === null || value === undefined) return true
    value = (value as Data)[part]
  }
  if (names && isData(value)) return true
  return path === undefined || value === null || value === undefined
}

function textOf({ message, path, extensions }: ExecutionError): string {
  return JSON.stringify({ message, path, extensions })
}
