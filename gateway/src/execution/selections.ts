import {
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** A JavaScript expression over `V`, the coerced variables; undefined stands for "always". */
export type Condition = string | undefined

/** A field at one place of a selection, with what decides whether it is wanted there. */
export interface Appearance {
  readonly responseName: string
  readonly fieldName: string
  readonly condition: Condition
  /** Conditions of the same response name further up; where one of them holds, it is written there already. */
  readonly unless: readonly string[]
}

export interface ConditionalSet {
  readonly set: SelectionSetNode
  readonly condition: Condition
}

export interface Collected {
  readonly appearances: readonly Appearance[]
  /** The sub-selections of all appearances of a response name together. */
  readonly sets: ReadonlyMap<string, readonly ConditionalSet[]>
}

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

export function both(outer: Condition, inner: Condition): Condition {
  if (outer === undefined) return inner
  return inner === undefined || inner === outer ? outer : `${outer}&&${inner}`
}

/** What `@skip` and `@include` of a selection say; `false` when constants rule it out. */
export function conditionOf(node: SelectionNode | OperationDefinitionNode): Condition | false {
  let condition: Condition
  for (const directive of node.directives ?? []) {
    const name = directive.name.value
    if (name !== 'skip' && name !== 'include') continue
    const value = directive.arguments?.find(argument => argument.name.value === 'if')?.value
    if (value?.kind === Kind.BOOLEAN) {
      if (value.value === (name === 'skip')) return false
    } else if (value?.kind === Kind.VARIABLE) {
      const read = `V[${JSON.stringify(value.name.value)}]`
      condition = both(condition, name === 'skip' ? `!${read}` : read)
    }
  }
  return condition
}

/** The fields that an object answers with to which such type conditions apply, in the order of the specification. */
export function collectFields(
  fragments: Fragments,
  applies: (typeCondition: string) => boolean,
  sets: readonly ConditionalSet[],
): Collected {
  const appearances: Appearance[] = []
  const conditions = new Map<string, Condition[]>()
  const subselections = new Map<string, ConditionalSet[]>()

  const walk = (set: SelectionSetNode, outer: Condition) => {
    for (const selection of set.selections) {
      const own = conditionOf(selection)
      if (own === false) continue
      const condition = both(outer, own)
      if (selection.kind === Kind.FIELD) {
        const responseName = selection.alias?.value ?? selection.name.value
        const earlier = conditions.get(responseName) ?? []
        if (!earlier.includes(undefined) && !earlier.includes(condition)) {
          const unless = earlier.filter(known => known !== undefined)
          appearances.push({ responseName, fieldName: selection.name.value, condition, unless })
          conditions.set(responseName, [...earlier, condition])
        }
        if (selection.selectionSet) {
          const known = subselections.get(responseName) ?? []
          const inner = { set: selection.selectionSet, condition }
          if (!known.some(other => other.set === inner.set && other.condition === condition)) known.push(inner)
          subselections.set(responseName, known)
        }
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const typeCondition = selection.typeCondition?.name.value
        if (typeCondition === undefined || applies(typeCondition)) walk(selection.selectionSet, condition)
      } else {
        const fragment = fragments.get(selection.name.value)
        if (fragment && applies(fragment.typeCondition.name.value)) walk(fragment.selectionSet, condition)
      }
    }
  }
  for (const { set, condition } of sets) walk(set, condition)
  return { appearances, sets: subselections }
}

/** Whether a fragment says something about objects of which no more is known than that they are of `type`. */
export function appliesTo(schema: GraphQLSchema, type: GraphQLCompositeType): (typeCondition: string) => boolean {
  return typeCondition => {
    if (typeCondition === type.name) return true
    const conditional = schema.getType(typeCondition)
    return (
      conditional !== undefined &&
      isAbstractType(conditional) &&
      !isUnionType(type) &&
      schema.isSubType(conditional, type)
    )
  }
}
