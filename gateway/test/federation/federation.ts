import type { GraphRequest } from '@tillgraph/kit/graph-request'
import { isObjectType } from 'graphql'
import { expect } from 'vitest'
import { Execution, type ExecutionError } from '../../src/execution/execution.ts'
import type { PlanContext } from '../../src/execution/plan.ts'
import { runOperation } from '../../src/execution/run.ts'
import { type CompiledOperation, compileOperation } from '../../src/operations/compile.ts'
import { DEFAULT_LIMITS } from '../../src/operations/limits.ts'
import { coerceVariables } from '../../src/operations/variables.ts'
import { buildGraph, type Graph } from '../../src/supergraph/graph.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { compose } from '../kit/compose.ts'
import { isFindable, TestSubgraph } from '../kit/subgraph.ts'

type Resolvers = Record<string, Record<string, unknown>>

export interface SubgraphDefinition {
  readonly sdl: string
  readonly resolvers?: Resolvers
}

export interface Answer {
  readonly data: unknown
  readonly errors?: readonly {
    readonly message: string
    readonly path?: ExecutionError['path']
    readonly code: unknown
  }[]
  readonly extensions?: unknown
}

const EVERYTHING = [
  '@key',
  '@external',
  '@requires',
  '@provides',
  '@shareable',
  '@override',
  '@inaccessible',
  '@interfaceObject',
  '@tag',
  '@composeDirective',
  '@extends',
  '@authenticated',
  '@requiresScopes',
  '@policy',
  '@context',
  '@fromContext',
]
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(EVERYTHING)})`
const OPTIONS = { limits: DEFAULT_LIMITS, introspection: true, suggestions: true }

/** A supergraph of subgraphs in this process, and what it answers. */
export class Federation {
  readonly graph: Graph
  readonly #services: ReadonlyMap<string, TestSubgraph>

  constructor(subgraphs: Readonly<Record<string, SubgraphDefinition>>) {
    const entries = Object.entries(subgraphs).map(([name, { sdl, resolvers }]) => {
      const typeDefs = sdl.includes('/federation/v') ? sdl : `${LINK}\n${sdl}`
      return { name, typeDefs, resolvers: resolvers ?? {} }
    })
    this.graph = buildGraph(compose(entries))
    this.#services = new Map(
      entries.map(({ name, typeDefs, resolvers }) => [name, new TestSubgraph(typeDefs, resolvers)]),
    )
  }

  /** The answer over both forms of transport, which must be the same. */
  async ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    const [answer, other] = [await this.#run(query, variables, 'value'), await this.#run(query, variables, 'text')]
    expect(other, 'the answer over text').toEqual(answer)
    return answer
  }

  /** The names of the subgraphs that are asked, in order, with what each is asked. */
  async requests(query: string, variables: Record<string, unknown> = {}) {
    for (const service of this.#services.values()) service.requests.length = 0
    await this.#run(query, variables, 'value')
    return [...this.#services].flatMap(([service, { requests }]) =>
      requests.map(({ query, variables }) => ({ service, query: query.replace(/\s+/g, ' '), variables })),
    )
  }

  compile(query: string, form: 'value' | 'text' = 'value'): CompiledOperation {
    const compiled = compileOperation(this.graph, this.#context(form), query, undefined, OPTIONS)
    if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.errors), { cause: compiled.cause })
    return compiled
  }

  async #run(query: string, variables: Record<string, unknown>, form: 'value' | 'text'): Promise<Answer> {
    const compiled = this.compile(query, form)
    expect(compiled.fast, 'compiled').toBeDefined()
    const coerced = coerceVariables(this.graph.schema, compiled.operation, variables, true)
    if (coerced.kind === 'refused') throw new Error(JSON.stringify(coerced.errors))
    const { data, errors, extensions } = await runOperation(compiled, new Execution(variables, coerced.values, {}))
    const told = errors.map(({ message, path, extensions: { code } }) => ({ message, ...(path && { path }), code }))
    return {
      data: JSON.parse(data ?? 'null') as unknown,
      ...(told.length > 0 && { errors: told }),
      ...(extensions && { extensions: JSON.parse(extensions) as unknown }),
    }
  }

  #context(form: 'value' | 'text'): PlanContext {
    const { graph } = this
    return {
      supergraphSchema: graph.supergraphSchema,
      isObjectType: type => isObjectType(graph.supergraphSchema.getType(type)),
      factsOf: graph.factsOf,
      failed: (service, error) => {
        throw new Error(`${service} failed: ${error instanceof Error ? error.stack : error}`)
      },
      transportOf: name => transportTo(this.#services.get(name), form),
    }
  }
}

function transportTo(service: TestSubgraph | undefined, form: 'value' | 'text'): Transport {
  if (!service) throw new Error('There is no such subgraph.')
  const subscribe = (request: GraphRequest) => service.subscribe(request)
  const send = (request: GraphRequest) => {
    const representations = Object.entries(request.variables ?? {}).flatMap(([name, value]) =>
      request.query.includes('_entities') && name.startsWith('representations')
        ? (value as Record<string, unknown>[])
        : [],
    )
    for (const representation of representations) {
      if (!isFindable(service.schema, representation)) {
        throw new Error(`Nobody can find ${JSON.stringify(representation)}.`)
      }
    }
    return service.execute(request)
  }
  if (form === 'value') return { form, send, subscribe }
  return { form, send: (body, headers) => send({ ...JSON.parse(body), headers }), subscribe }
}
