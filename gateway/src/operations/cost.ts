import {
  type ArgumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Fragments } from '../execution/selections.ts'
import type { CostRules } from '../supergraph/cost-rules.ts'
import { type Amount, plus, sizeOf, times } from './cost-amount.ts'
import { inputCost } from './cost-of-input.ts'

/** For lists of which nothing is known; lists without pages are short. */
const ASSUMED_LIST_SIZE = 5
/** For pages whose size is not asked for. */
const ASSUMED_PAGE_SIZE = 20
const PAGE_ARGUMENTS = ['first', 'last']
/** A change is a transaction with all that hangs on it. */
const MUTATION_COST = 10

/** Which lists of an object have the size that its own field was asked for; undefined names all that hold objects. */
interface InheritedSize {
  readonly fields: readonly string[] | undefined
  readonly size: Amount
}

interface Group {
  readonly parent: GraphQLNamedType
  readonly node: FieldNode
  readonly sets: SelectionSetNode[]
}

/**
 * What an operation may cost at the most: an object 1, a value 0, everything in a list as often as the list is long,
 * `@cost` and `@listSize` before all that. Worked out once; what remains to be done for a request is arithmetic on its
 * variables. Conditions are taken as met, and of an abstract type all possibilities are counted.
 */
export function compileCost(
  schema: GraphQLSchema,
  rules: CostRules,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): Amount {
  const defaults = new Map(
    (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue?.kind === Kind.INT ? Number(defaultValue.value) : undefined,
    ]),
  )
  const root = schema.getRootType(operation.operation)
  if (!root) return 0
  const base = operation.operation === 'mutation' ? MUTATION_COST : undefined

  /** Two fragments that ask for the same field of the same type ask for it once. */
  const gather = (set: SelectionSetNode, parent: GraphQLNamedType, groups: Map<string, Group>) => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = `${parent.name}.${selection.alias?.value ?? selection.name.value}`
        const group = groups.get(key) ?? { parent, node: selection, sets: [] }
        if (selection.selectionSet) group.sets.push(selection.selectionSet)
        groups.set(key, group)
        continue
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      const type = fragment?.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent
      if (fragment && type) gather(fragment.selectionSet, type, groups)
    }
  }

  const costOfSets = (sets: readonly SelectionSetNode[], parent: GraphQLNamedType, inherited?: InheritedSize) => {
    const groups = new Map<string, Group>()
    for (const set of sets) gather(set, parent, groups)
    let sum: Amount = 0
    for (const group of groups.values()) sum = plus(sum, costOfField(group, inherited))
    return sum
  }

  const costOfField = ({ parent, node, sets }: Group, inherited: InheritedSize | undefined): Amount => {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
    if (!field) return 0
    const type = getNamedType(field.type)
    const isList = isListType(getNullableType(field.type))
    const place = `${parent.name}.${field.name}`
    const weight =
      weightOf(parent, field, type) ?? (parent === root && base !== undefined ? base : isCompositeType(type) ? 1 : 0)
    const own = ownSize(place, node, field)
    const handsOn = own !== undefined && (own.fields !== undefined || !isList)
    const within = sets.length > 0 ? costOfSets(sets, type, handsOn ? own : undefined) : 0
    const once = plus(weight, within)
    const isInherited = inherited?.fields ? inherited.fields.includes(field.name) : isCompositeType(type)
    const size = isInherited && inherited ? inherited.size : handsOn ? undefined : own?.size
    const input = inputCost(place, node, field, rules)
    return plus(isList ? times(size ?? ASSUMED_LIST_SIZE, once) : once, input)
  }

  /** Of an interface, the dearest of its types counts. */
  const weightOf = (parent: GraphQLNamedType, field: GraphQLField<unknown, unknown>, type: GraphQLNamedType) => {
    const { weights } = rules
    if (weights.size === 0) return undefined
    const parents = isAbstractType(parent) ? [parent, ...schema.getPossibleTypes(parent)] : [parent]
    const ofField = parents.map(({ name }) => weights.get(`${name}.${field.name}`)).filter(known => known !== undefined)
    if (ofField.length > 0) return Math.max(...ofField)
    const types = isAbstractType(type) ? [type, ...schema.getPossibleTypes(type)] : [type]
    const ofType = types.map(({ name }) => weights.get(name)).filter(known => known !== undefined)
    return ofType.length > 0 ? Math.max(...ofType) : undefined
  }

  const ownSize = (
    place: string,
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
  ): InheritedSize | undefined => {
    const rule = rules.listSizes.get(place)
    const names = rule?.slicingArguments ?? (rule ? [] : PAGE_ARGUMENTS)
    const slicing = field.args.filter(({ name }) => names.includes(name))
    const given = (node.arguments ?? []).filter(({ name }) => slicing.some(argument => argument.name === name.value))
    if (rule?.requireOneSlicingArgument && given.length !== 1) {
      const message = `${place} must be given exactly one of ${names.join(', ')}.`
      throw new GraphQLError(message, { nodes: [node], extensions: { validationErrorCode: 'LIST_SIZE_REQUIRED' } })
    }
    if (!rule && slicing.length === 0) return undefined
    const assumed = rule?.assumedSize ?? slicing.map(defaultOf).find(known => known !== undefined)
    const fallback = assumed ?? (rule ? ASSUMED_LIST_SIZE : ASSUMED_PAGE_SIZE)
    const size = sizeOf(given.map(argumentAmount), fallback)
    return { fields: rule?.sizedFields, size }
  }

  /** A literal, or the name of a variable with the default of the operation. */
  const argumentAmount = ({ value }: ArgumentNode) => {
    if (value.kind === Kind.VARIABLE) return { variable: value.name.value, otherwise: defaults.get(value.name.value) }
    return value.kind === Kind.INT ? Number(value.value) : undefined
  }

  return costOfSets([operation.selectionSet], root)
}

function defaultOf({ defaultValue }: { readonly defaultValue?: unknown }): number | undefined {
  return typeof defaultValue === 'number' ? defaultValue : undefined
}
