import type { FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner'
import { type FragmentDefinitionNode, Kind, parse, type SelectionSetNode } from 'graphql'
import type { SubgraphFacts } from './subgraph-facts.ts'

/**
 * Finds a field that a plan asks for without what it is computed from, as `subgraph Type.field`. The planner makes such
 * plans where a field is computed from one of the very subgraph it comes from, which is itself computed. What the
 * subgraph would answer is wrong, and nobody would know.
 */
export function unmetRequirement(node: PlanNode, factsOf: (subgraph: string) => SubgraphFacts): string | undefined {
  switch (node.kind) {
    case 'Fetch': {
      const facts = factsOf(node.serviceName)
      const found = facts.computesAnything ? unmetInFetch(node, facts) : undefined
      return found && `${node.serviceName} ${found}`
    }
    case 'Flatten':
      return unmetRequirement(node.node, factsOf)
    case 'Sequence':
    case 'Parallel':
      return firstOf(node.nodes, child => unmetRequirement(child, factsOf))
    case 'Condition':
      return firstOf([node.ifClause, node.elseClause], child => child && unmetRequirement(child, factsOf))
    default:
      return undefined
  }
}

function unmetInFetch(fetch: FetchNode, facts: SubgraphFacts): string | undefined {
  const { definitions } = parse(fetch.operation, { noLocation: true })
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const given = new Set((fetch.requires ?? []).flatMap(namesWithin))
  /** What is sent of an object is known for the entities themselves, and for nothing within them. */
  const search = (set: SelectionSetNode, type: string, isEntity: boolean): string | undefined =>
    firstOf(set.selections, selection => {
      if (selection.kind !== Kind.FIELD) {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        return fragment && search(fragment.selectionSet, fragment.typeCondition?.name.value ?? type, isEntity)
      }
      const name = selection.name.value
      const needed = facts.requiredFor(type, name)
      if (needed.some(field => !isEntity || !given.has(field))) return `${type}.${name}`
      const inner = name === '_entities' ? '' : facts.typeOfField(type, name)
      return selection.selectionSet && inner !== undefined
        ? search(selection.selectionSet, inner, name === '_entities')
        : undefined
    })
  return firstOf(definitions, definition =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? search(definition.selectionSet, facts.rootType(definition.operation), false)
      : undefined,
  )
}

function namesWithin(selection: QueryPlanSelectionNode): string[] {
  return selection.kind === 'Field' ? [selection.name] : selection.selections.flatMap(namesWithin)
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
