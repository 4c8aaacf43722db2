import { type FieldNode, Kind, type OperationDefinitionNode, print, type SelectionSetNode } from 'graphql'
import type { Fragments } from '../execution/selections.ts'

/**
 * Whether one name in the answer stands for different calls, depending on the type of an object above it:
 * `... on Person { boss { say(text: "a") } } ... on Robot { boss { say(text: "b") } }`. The planner's fetches then
 * have to be told for which types they are.
 */
export function differsByType(operation: OperationDefinitionNode, fragments: Fragments): boolean {
  const differs = (sets: readonly SelectionSetNode[]): boolean => {
    const byName = new Map<string, FieldNode[]>()
    for (const set of sets) collect(set, fragments, byName)
    for (const fields of byName.values()) {
      const [first, ...others] = fields
      if (!first || others.length === 0) continue
      const call = callOf(first)
      if (others.some(other => callOf(other) !== call)) return true
    }
    for (const fields of byName.values()) {
      const inner = fields.flatMap(({ selectionSet }) => selectionSet ?? [])
      if (inner.length > 0 && differs([...new Set(inner)])) return true
    }
    return false
  }
  return differs([operation.selectionSet])
}

function collect(set: SelectionSetNode, fragments: Fragments, byName: Map<string, FieldNode[]>): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value
      const known = byName.get(name)
      if (known) known.push(selection)
      else byName.set(name, [selection])
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    if (fragment) collect(fragment.selectionSet, fragments, byName)
  }
}

function callOf(field: FieldNode): string {
  return `${field.name.value}(${(field.arguments ?? []).map(print).sort().join()})`
}
