import type { FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner'
import {
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql'
import type { PlannerSdl } from './planner-sdl.ts'

type Calls = Pick<PlannerSdl, 'calls' | 'callsOf'>

/** Puts the calls back that the planner knew as fields of their own; see planner-sdl.ts. */
export function restoreCalls(node: PlanNode, calls: Calls): PlanNode {
  if (calls.calls.size === 0) return node
  switch (node.kind) {
    case 'Fetch': {
      const fetches = separated(node, calls).map(fetch => restoreFetch(fetch, calls))
      return fetches.length === 1 ? (fetches[0] as FetchNode) : { kind: 'Parallel', nodes: fetches }
    }
    case 'Flatten':
      return { ...node, node: restoreCalls(node.node, calls) }
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(child => restoreCalls(child, calls)) }
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause && { ifClause: restoreCalls(node.ifClause, calls) }),
        ...(node.elseClause && { elseClause: restoreCalls(node.elseClause, calls) }),
      }
    default:
      return node
  }
}

export function restoreFetch(fetch: FetchNode, { calls }: Calls): FetchNode {
  const requires = fetch.requires && restoredSelections(fetch.requires, calls)
  const document = visit(parse(fetch.operation, { noLocation: true }), {
    Field: field => {
      const call = calls.get(field.name.value)
      if (!call) return undefined
      const name = { kind: Kind.NAME, value: call.field } as const
      return { ...field, alias: field.alias ?? field.name, name, arguments: call.arguments }
    },
  })
  return { ...fetch, operation: stripIgnoredCharacters(print(document)), ...(requires && { requires }) }
}

/** What is read under the name of the call is sent under the name of its field. */
function restoredSelections(
  selections: readonly QueryPlanSelectionNode[],
  calls: Calls['calls'],
): QueryPlanSelectionNode[] {
  return selections.map(selection => {
    const inner = selection.selections && { selections: restoredSelections(selection.selections, calls) }
    const call = selection.kind === 'Field' ? calls.get(selection.name) : undefined
    if (selection.kind !== 'Field' || !call) return { ...selection, ...inner } as QueryPlanSelectionNode
    return { ...selection, ...inner, name: call.field, alias: selection.name }
  })
}

/** One object can be sent with one value of a field only: fields computed from different calls of it are asked apart. */
function separated(fetch: FetchNode, { calls, callsOf }: Calls): FetchNode[] {
  const used = namesIn(fetch.requires ?? [])
  const made = [...used].filter(name => calls.has(name))
  if (new Set(made.map(name => calls.get(name)?.field)).size === made.length) return [fetch]
  const callsOfField = (type: string, field: string) => callsOf.get(`${fetch.serviceName} ${type}.${field}`) ?? NONE
  const parts: Set<string>[] = []
  visitComputed(fetch, (type, field) => {
    const needed = callsOfField(type, field)
    if (needed.size > 0 && !parts.some(part => isSame(part, needed))) parts.push(new Set(needed))
  })
  return parts.map((part, index) => {
    const isWanted = (type: string, field: string) => {
      const needed = callsOfField(type, field)
      return needed.size === 0 ? index === 0 : isSame(part, needed)
    }
    const { operation, variables } = narrowed(fetch.operation, isWanted)
    return {
      ...fetch,
      operation,
      variableUsages: fetch.variableUsages?.filter(name => variables.has(name)) ?? [],
      requires: withoutCalls(fetch.requires ?? [], name => calls.has(name) && !part.has(name)),
    }
  })
}

const NONE: ReadonlySet<string> = new Set()

const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every(name => other.has(name))

function namesIn(selections: readonly QueryPlanSelectionNode[], found = new Set<string>()): Set<string> {
  for (const selection of selections) {
    if (selection.kind === 'Field') found.add(selection.name)
    if (selection.selections) namesIn(selection.selections, found)
  }
  return found
}

function withoutCalls(
  selections: readonly QueryPlanSelectionNode[],
  isLeftOut: (name: string) => boolean,
): QueryPlanSelectionNode[] {
  return selections.flatMap(selection => {
    if (selection.kind === 'Field' && isLeftOut(selection.name)) return []
    if (!selection.selections) return [selection]
    return [{ ...selection, selections: withoutCalls(selection.selections, isLeftOut) } as QueryPlanSelectionNode]
  })
}

function visitComputed(fetch: FetchNode, found: (type: string, field: string) => void): void {
  narrowed(fetch.operation, (type, field) => {
    found(type, field)
    return true
  })
}

/** An operation on entities with those of their fields only that are wanted, and the variables that these use. */
function narrowed(operation: string, isWanted: (type: string, field: string) => boolean) {
  const narrow = (selections: readonly SelectionNode[], type: string): SelectionNode[] =>
    selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) {
        return isWanted(type, selection.name.value) || selection.name.value === '__typename' ? [selection] : []
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection]
      const kept = narrow(selection.selectionSet.selections, selection.typeCondition?.name.value ?? type)
      return kept.length > 0 ? [{ ...selection, selectionSet: { ...selection.selectionSet, selections: kept } }] : []
    })
  const document = parse(operation, { noLocation: true })
  const variables = new Set<string>()
  const definitions = document.definitions.map(definition => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition
    const selections = definition.selectionSet.selections.map(entities => {
      if (entities.kind !== Kind.FIELD || !entities.selectionSet) return entities
      const inner = narrow(entities.selectionSet.selections, '')
      return { ...entities, selectionSet: { ...entities.selectionSet, selections: inner } }
    })
    const selectionSet = { ...definition.selectionSet, selections }
    visit(selectionSet, {
      enter: node => {
        if (node.kind === Kind.VARIABLE) variables.add(node.name.value)
      },
    })
    const declared = definition.variableDefinitions?.filter(({ variable }) => variables.has(variable.name.value)) ?? []
    return { ...definition, selectionSet, variableDefinitions: declared } satisfies OperationDefinitionNode
  })
  return { operation: stripIgnoredCharacters(print({ ...document, definitions })), variables }
}
