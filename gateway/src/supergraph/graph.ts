import './no-telemetry.ts'
import { createHash } from 'node:crypto'
import { operationFromDocument, type Schema, Supergraph } from '@apollo/federation-internals'
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner'
import { type DocumentNode, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql'
import { readPersonalFields } from '../subscriptions/personal.ts'
import { type AccessRules, readAccessRules } from './access-rules.ts'
import { type CostRules, readCostRules } from './cost-rules.ts'
import { type PlannerSdl, plannerSdl } from './planner-sdl.ts'
import { restoreCalls, restoreFetch } from './required-calls.ts'
import { type SubgraphFacts, subgraphFacts } from './subgraph-facts.ts'
import { unmetRequirement } from './unmet-requirements.ts'

/** One version of the supergraph, with everything that is derived from it once. It never changes. */
export interface Graph {
  readonly id: string
  /** As it was given. */
  readonly sdl: string
  /** As ApolloGateway loads it: what we enforce ourselves is taken out. */
  readonly loadedSdl: string
  readonly accessRules: AccessRules
  readonly costRules: CostRules
  /** Fields that depend on who asks, as Type.field. */
  readonly personalFields: ReadonlySet<string>
  /** What clients may see. */
  readonly schema: GraphQLSchema
  /** The same, in the form the stock executor wants. */
  readonly internalSchema: Schema
  /** Everything, inaccessible parts included: representations and rewrites are resolved against it. */
  readonly supergraphSchema: GraphQLSchema
  /** Routing url by subgraph name, as the supergraph file gives it. */
  readonly subgraphs: ReadonlyMap<string, string>
  /** With typed paths, each fetch says for which types of the objects above it is meant. */
  plan(document: DocumentNode, operationName: string | undefined, typedPaths?: boolean): QueryPlan
  /** The names of all fields of all types. */
  readonly fieldNames: ReadonlySet<string>
  readonly factsOf: (subgraph: string) => SubgraphFacts
}

const NO_FACTS: SubgraphFacts = {
  keysOf: () => [],
  computesAnything: false,
  requiredFor: () => [],
  typeOfField: () => undefined,
  rootType: () => '',
}

/** Builds and validates a version; throws when the text is no valid supergraph. */
export function buildGraph(sdl: string): Graph {
  const stages = graphStages(sdl)
  for (;;) {
    const stage = stages.next()
    if (stage.done) return stage.value
  }
}

/** The same while others are served: between one stage and the next everybody else has their turn. */
export async function buildGraphInTurns(sdl: string): Promise<Graph> {
  const stages = graphStages(sdl)
  for (;;) {
    const stage = stages.next()
    if (stage.done) return stage.value
    await new Promise(setImmediate)
  }
}

function* graphStages(sdl: string): Generator<undefined, Graph> {
  const { sdl: loadedSdl, rules } = readAccessRules(sdl)
  yield
  const supergraph = Supergraph.build(loadedSdl, { validateSupergraph: true })
  yield
  const internalSchema = supergraph.apiSchema()
  yield
  const schema = internalSchema.toGraphQLJSSchema()
  yield
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema()
  yield
  const forPlanner = plannerSdl(loadedSdl)
  const planned =
    forPlanner.sdl === loadedSdl ? supergraph : Supergraph.build(forPlanner.sdl, { validateSupergraph: false })
  const plannedSchema = planned === supergraph ? internalSchema : planned.apiSchema()
  const overrideConditions = decidedLabels(loadedSdl)
  yield
  const planner = new QueryPlanner(planned)
  yield
  let typedPlanner: QueryPlanner | undefined
  const facts = new Map([...supergraph.subgraphs()].map(({ name, schema }) => [name, subgraphFacts(schema)]))
  yield
  return {
    id: createHash('sha256').update(sdl).digest('hex').slice(0, 16),
    sdl,
    loadedSdl,
    accessRules: rules,
    costRules: readCostRules(sdl),
    personalFields: readPersonalFields(sdl),
    schema,
    internalSchema,
    supergraphSchema,
    subgraphs: new Map([...supergraph.subgraphsMetadata()].map(({ name, url }) => [name, url])),
    fieldNames: fieldNamesOf(supergraphSchema),
    factsOf: subgraph => facts.get(subgraph) ?? NO_FACTS,
    plan: (document, operationName, typedPaths = false) => {
      const named = operationName ? { operationName } : {}
      if (typedPaths) typedPlanner ??= new QueryPlanner(planned, { typeConditionedFetching: true })
      const plan = (typedPaths && typedPlanner ? typedPlanner : planner).buildQueryPlan(
        operationFromDocument(plannedSchema, document, named),
        { overrideConditions },
      )
      const finished = withCalls(typedPaths ? withPlainPaths(plan) : plan, forPlanner)
      refuseUnmet(finished, subgraph => facts.get(subgraph) ?? NO_FACTS)
      return finished
    },
  }
}

const LABEL = /overrideLabel: "([^"]*)"/g

/**
 * Which fields that move from one subgraph to another, a part of the requests at a time, are moved. This gateway moves
 * a field for all requests, once its label is "percent(100)", or for none: half of them are not told from the others.
 */
function decidedLabels(sdl: string): Map<string, boolean> {
  return new Map([...sdl.matchAll(LABEL)].map(([, label = '']) => [label, label === 'percent(100)']))
}

function fieldNamesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set<string>()
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) || isInterfaceType(type)) for (const name in type.getFields()) names.add(name)
  }
  return names
}

/** With typed paths each path begins with an empty name, which says nothing. */
function withPlainPaths(plan: QueryPlan): QueryPlan {
  return JSON.parse(
    JSON.stringify(plan, (key, value) => {
      return key === 'path' && Array.isArray(value) && value[0] === '' ? value.slice(1) : value
    }),
  ) as QueryPlan
}

/** A plan that would get a wrong answer is no plan. */
function refuseUnmet({ node }: QueryPlan, factsOf: (subgraph: string) => SubgraphFacts): void {
  const part = node?.kind === 'Subscription' ? node.rest : node
  const unmet = part && unmetRequirement(part, factsOf)
  if (unmet) throw new Error(`The plan asks for ${unmet} without what it is computed from.`)
}

function withCalls(plan: QueryPlan, planned: PlannerSdl): QueryPlan {
  const node = plan.node
  if (!node || planned.calls.size === 0) return plan
  if (node.kind !== 'Subscription') return { ...plan, node: restoreCalls(node, planned) }
  const rest = node.rest && restoreCalls(node.rest, planned)
  return { ...plan, node: { ...node, primary: restoreFetch(node.primary, planned), ...(rest && { rest }) } }
}
