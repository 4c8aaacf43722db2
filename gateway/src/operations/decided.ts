import { type DocumentNode, type FieldNode, Kind, type SelectionNode, type SelectionSetNode, visit } from 'graphql'
import type { Variables } from './variables.ts'

/** A set of selections may not be empty: this asks for nothing in place of what is not wanted. */
const NOTHING: FieldNode = {
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: '__typename' },
  directives: [
    {
      kind: Kind.DIRECTIVE,
      name: { kind: Kind.NAME, value: 'skip' },
      arguments: [
        { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'if' }, value: { kind: Kind.BOOLEAN, value: true } },
      ],
    },
  ],
}

/** The document as it reads once the variables of its conditions are known: no condition is left in it. */
export function decideConditions(document: DocumentNode, coerced: Variables): DocumentNode {
  return visit(document, {
    SelectionSet: {
      leave(set): SelectionSetNode {
        const selections = set.selections.filter(selection => isWanted(selection, coerced)).map(withoutConditions)
        return { ...set, selections: selections.length > 0 ? selections : [NOTHING] }
      },
    },
  })
}

/** The variables that decide conditions anywhere in the document. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>()
  visit(document, {
    Directive: directive => {
      const value = isCondition(directive.name.value) ? directive.arguments?.[0]?.value : undefined
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

const isCondition = (directive: string) => directive === 'skip' || directive === 'include'

function isWanted({ directives }: SelectionNode, coerced: Variables): boolean {
  return (directives ?? []).every(({ name, arguments: given }) => {
    const value = given?.[0]?.value
    if (!isCondition(name.value) || !value) return true
    const holds = value.kind === Kind.VARIABLE ? coerced[value.name.value] : value.kind === Kind.BOOLEAN && value.value
    return holds === (name.value === 'include')
  })
}

function withoutConditions<Selection extends SelectionNode>(selection: Selection): Selection {
  if (!selection.directives?.length || selection === (NOTHING as SelectionNode)) return selection
  return { ...selection, directives: selection.directives.filter(({ name }) => !isCondition(name.value)) }
}
