import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Fragments } from '../execution/selections.ts'
import type { CallerReading } from '../identity/caller-reader.ts'
import type { AccessRule, AccessRules } from '../supergraph/access-rules.ts'

/** Everything that a caller must satisfy to run an operation; undefined when anybody may. */
export type OperationAccess = readonly AccessRule[] | undefined

export type AccessRefusal = { readonly status: 401 | 403; readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN' }

/** Gathers the rules of all types and fields that an operation touches, whichever way it comes to them. */
export function accessOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  rules: AccessRules,
): OperationAccess {
  if (rules.size === 0) return undefined
  const root = schema.getRootType(operation.operation)
  if (!root) return undefined
  const found = new Set<AccessRule>()
  const seen = new Set<string>()
  const touch = (name: string) => {
    const rule = rules.get(name)
    if (rule) found.add(rule)
  }
  const touchType = (type: GraphQLNamedType) => {
    touch(type.name)
    if (isAbstractType(type)) for (const possible of schema.getPossibleTypes(type)) touch(possible.name)
    if (isObjectType(type) || isInterfaceType(type)) for (const wider of type.getInterfaces()) touch(wider.name)
  }
  /** A field of an interface is a field of each of its types, and a field of a type may be closed on its interface. */
  const touchField = (type: GraphQLNamedType, field: string) => {
    touch(`${type.name}.${field}`)
    if (isInterfaceType(type)) for (const possible of schema.getPossibleTypes(type)) touch(`${possible.name}.${field}`)
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const wider of type.getInterfaces()) if (wider.getFields()[field]) touch(`${wider.name}.${field}`)
    }
  }
  const walk = (set: SelectionSetNode, type: GraphQLNamedType) => {
    touchType(type)
    for (const selection of set.selections) {
      if (selection.kind === 'Field') {
        const name = selection.name.value
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
        if (!field) continue
        touchField(type, name)
        const inner = getNamedType(field.type)
        touchType(inner)
        if (selection.selectionSet) walk(selection.selectionSet, inner)
        continue
      }
      const fragment = selection.kind === 'InlineFragment' ? selection : fragments.get(selection.name.value)
      if (!fragment) continue
      const condition = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type
      if (selection.kind === 'FragmentSpread') {
        const key = selection.name.value
        if (seen.has(key)) continue
        seen.add(key)
      }
      if (condition) walk(fragment.selectionSet, condition)
    }
  }
  walk(operation.selectionSet, root)
  return found.size > 0 ? [...found] : undefined
}

/** Whether a caller may run the operation; undefined means yes. */
export function refusalOf(access: OperationAccess, caller: CallerReading): AccessRefusal | undefined {
  if (!access) return undefined
  if (caller.kind !== 'caller') return { status: 401, code: 'UNAUTHENTICATED' }
  const held = new Set(caller.scopes)
  const isMet = access.every(
    rule =>
      !rule.closed &&
      rule.scopes.every(alternatives => alternatives.some(scopes => scopes.every(scope => held.has(scope)))),
  )
  return isMet ? undefined : { status: 403, code: 'FORBIDDEN' }
}
