import { execute, type GraphQLSchema, Kind, type OperationDefinitionNode, type SelectionNode } from 'graphql'
import type { Fragments } from './selections.ts'
import type { Introspect } from './serializer.ts'

/**
 * Answers `__schema` and `__type` from the API schema. Without variables the answer is always the same and is kept
 * as text with the compiled operation.
 */
export function compileIntrospection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): Introspect {
  const selections = introspectionOnly(operation.selectionSet.selections, fragments)
  const document = {
    kind: Kind.DOCUMENT,
    definitions: [
      { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } } as const,
      ...fragments.values(),
    ],
  } as const
  const isConstant = !operation.variableDefinitions?.length
  let kept: Record<string, unknown> | undefined
  const texts = new Map<string, string>()
  return (responseName, coerced) => {
    const known = texts.get(responseName)
    if (known !== undefined) return known
    kept ??= run(schema, document, coerced)
    const text = JSON.stringify(kept[responseName] ?? null)
    if (isConstant) texts.set(responseName, text)
    else kept = undefined
    return text
  }
}

function run(
  schema: GraphQLSchema,
  document: Parameters<typeof execute>[0]['document'],
  coerced: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = execute({ schema, document, rootValue: {}, variableValues: coerced })
  return 'then' in result ? {} : (result.data ?? {})
}

/** What is left of root selections without the fields that subgraphs answer; spreads are written out. */
function introspectionOnly(selections: readonly SelectionNode[], fragments: Fragments): SelectionNode[] {
  const kept: SelectionNode[] = []
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value === '__schema' || selection.name.value === '__type') kept.push(selection)
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    const inner = fragment ? introspectionOnly(fragment.selectionSet.selections, fragments) : []
    if (inner.length === 0) continue
    kept.push({
      kind: Kind.INLINE_FRAGMENT,
      ...(selection.directives ? { directives: selection.directives } : {}),
      selectionSet: { kind: Kind.SELECTION_SET, selections: inner },
    })
  }
  return kept
}
