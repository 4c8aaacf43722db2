import type { PlanNode } from '@apollo/query-planner'
import { type DocumentNode, Kind, type OperationDefinitionNode, parse, type SelectionSetNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { both, type Condition, conditionOf, type Fragments } from '../execution/selections.ts'
import type { Graph } from '../supergraph/graph.ts'
import type { SubgraphFacts } from '../supergraph/subgraph-facts.ts'
import type { CompiledOperation } from './compile.ts'
import { conditionVariables, decideConditions } from './decided.ts'
import type { Variables } from './variables.ts'

const PLANS_MAX = 32

/** Compiles an operation again for each outcome of its conditions, where one plan cannot serve all of them. */
export class PlansByCondition {
  readonly #document: DocumentNode
  readonly #names: readonly string[]
  readonly #compile: (decided: DocumentNode) => CompiledOperation
  readonly #plans = new LRUCache<string, CompiledOperation>({ max: PLANS_MAX })

  constructor(document: DocumentNode, compile: (decided: DocumentNode) => CompiledOperation) {
    this.#document = document
    this.#names = conditionVariables(document)
    this.#compile = compile
  }

  choose(coerced: Variables): CompiledOperation {
    const key = this.#names.map(name => (coerced[name] ? '1' : '0')).join('')
    const known = this.#plans.get(key)
    if (known) return known
    const compiled = this.#compile(decideConditions(this.#document, coerced))
    this.#plans.set(key, compiled)
    return compiled
  }
}

/**
 * Whether a plan with open conditions does something wrong. There are two such plans. One sends what a field is computed
 * from also when a condition leaves that field out: then it was not fetched, the object cannot be sent, and the other
 * fields are lost with it. The other carries out a change once for each condition under which its field is asked for.
 */
export function needsPlansByCondition(
  graph: Graph,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  plan: PlanNode | undefined,
): boolean {
  if (!plan) return false
  if (operation.operation === 'mutation' && repeatsUnderConditions(operation.selectionSet, fragments)) return true
  return computesUnderCondition(graph, plan)
}

/** Whether one root field is asked for under more than one condition. */
function repeatsUnderConditions(root: SelectionSetNode, fragments: Fragments): boolean {
  const conditions = new Map<string, Set<Condition>>()
  const walk = (set: SelectionSetNode, outer: Condition) => {
    for (const selection of set.selections) {
      const own = conditionOf(selection)
      if (own === false) continue
      const condition = both(outer, own)
      if (selection.kind !== Kind.FIELD) {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        if (fragment) walk(fragment.selectionSet, condition)
        continue
      }
      const responseName = selection.alias?.value ?? selection.name.value
      conditions.set(responseName, (conditions.get(responseName) ?? new Set()).add(condition))
    }
  }
  walk(root, undefined)
  return [...conditions.values()].some(found => found.size > 1)
}

function computesUnderCondition(graph: Graph, node: PlanNode): boolean {
  switch (node.kind) {
    case 'Fetch': {
      if (!node.requires || !/@(?:skip|include)\b/.test(node.operation)) return false
      const facts = graph.factsOf(node.serviceName)
      const { definitions } = parse(node.operation, { noLocation: true })
      return definitions.some(
        definition =>
          'selectionSet' in definition && entitySets(definition.selectionSet).some(set => isOpen(facts, set)),
      )
    }
    case 'Flatten':
      return computesUnderCondition(graph, node.node)
    case 'Condition':
      return [node.ifClause, node.elseClause].some(child => child && computesUnderCondition(graph, child))
    case 'Sequence':
    case 'Parallel':
      return node.nodes.some(child => computesUnderCondition(graph, child))
    default:
      return false
  }
}

/** What is asked of entities, by the one field `_entities`. */
function entitySets({ selections }: SelectionSetNode): SelectionSetNode[] {
  return selections.flatMap(selection => ('selectionSet' in selection && selection.selectionSet) || [])
}

function isOpen(facts: SubgraphFacts, set: SelectionSetNode, type = '', isConditional = false): boolean {
  return set.selections.some(selection => {
    const conditional = isConditional || (selection.directives?.length ?? 0) > 0
    if (selection.kind === Kind.FIELD) return conditional && facts.requiredFor(type, selection.name.value).length > 0
    if (selection.kind === Kind.FRAGMENT_SPREAD) return true
    return isOpen(facts, selection.selectionSet, selection.typeCondition?.name.value ?? type, conditional)
  })
}
