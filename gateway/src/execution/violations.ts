import {
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isUnionType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { ExecutionError } from './execution.ts'
import { type Data, isData } from './merge.ts'
import type { ResponsePath } from './places.ts'
import type { ResponseNames } from './response-names.ts'
import { appliesTo, type conditionOf, type Fragments } from './selections.ts'

/** More are not told: they only repeat, and an answer should not grow with what is wrong with it. */
export const VIOLATIONS_MAX = 100

/**
 * Names where an answer broke the schema without any subgraph having said so, in the words of the stock executor.
 * It is called for such answers only, so it may take its time.
 */
export function findViolations(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  data: Data,
  coerced: Readonly<Record<string, unknown>>,
  names?: ResponseNames,
): ExecutionError[] {
  const search = new ViolationSearch(schema, fragments, coerced, names)
  const root = schema.getRootType(operation.operation)
  if (root) search.object(data, operation.selectionSet, root, root.name)
  return search.found.slice(0, VIOLATIONS_MAX)
}

interface Outcome {
  readonly isNull: boolean
  readonly told: boolean
}

const FINE: Outcome = { isNull: false, told: false }

class ViolationSearch {
  readonly found: ExecutionError[] = []
  readonly #schema: GraphQLSchema
  readonly #fragments: Fragments
  readonly #names: ResponseNames | undefined
  readonly #coerced: Readonly<Record<string, unknown>>
  readonly #path: ResponsePath = []
  /** Places that have come to nothing already: a field that is asked for once more there says no more. */
  readonly #nulls = new Set<string>()

  constructor(
    schema: GraphQLSchema,
    fragments: Fragments,
    coerced: Readonly<Record<string, unknown>>,
    names: ResponseNames | undefined,
  ) {
    this.#names = names
    this.#schema = schema
    this.#fragments = fragments
    this.#coerced = coerced
  }

  /** Whether the object can stand; false when a null goes through it to what holds it. */
  object(data: Data, set: SelectionSetNode, type: GraphQLCompositeType, parentName: string): boolean {
    const applies = appliesTo(this.#schema, type)
    for (const selection of set.selections) {
      if (!this.#isWanted(selection)) continue
      if (selection.kind === 'Field') {
        const name = selection.name.value
        if (name.startsWith('__')) continue
        const responseName = selection.alias?.value ?? name
        const field = isUnionType(type) ? undefined : type.getFields()[name]
        if (!field) continue
        const stored = this.#names?.stored(responseName, name) ?? responseName
        this.#path.push(responseName)
        const outcome = this.#value(field.type, data[stored], selection.selectionSet, parentName)
        this.#path.pop()
        if (outcome.isNull && isNonNullType(field.type)) return false
        continue
      }
      const fragment = selection.kind === 'InlineFragment' ? selection : this.#fragments.get(selection.name.value)
      const condition = fragment?.typeCondition?.name.value
      if (!fragment || (condition !== undefined && !applies(condition))) continue
      if (!this.object(data, fragment.selectionSet, type, condition ?? parentName)) return false
    }
    return true
  }

  #isWanted(node: Parameters<typeof conditionOf>[0]): boolean {
    for (const directive of node.directives ?? []) {
      const name = directive.name.value
      const value = directive.arguments?.[0]?.value
      if ((name !== 'skip' && name !== 'include') || !value) continue
      const holds =
        value.kind === 'Variable' ? this.#coerced[value.name.value] : value.kind === 'BooleanValue' && value.value
      if (holds === (name === 'skip')) return false
    }
    return true
  }

  #value(type: GraphQLOutputType, value: unknown, set: SelectionSetNode | undefined, parentName: string): Outcome {
    const place = JSON.stringify(this.#path)
    if (this.#nulls.has(place)) return FINE
    const outcome = this.#fresh(type, value, set, parentName)
    if (outcome.isNull) this.#nulls.add(place)
    return outcome
  }

  #fresh(type: GraphQLOutputType, value: unknown, set: SelectionSetNode | undefined, parentName: string): Outcome {
    if (!isNonNullType(type)) return this.#nullable(type, value, set, parentName)
    const inner = type.ofType
    const outcome = this.#nullable(inner, value, set, parentName)
    if (!outcome.isNull) return FINE
    if (!outcome.told) this.#tell(`Cannot return null for non-nullable ${this.#place(inner, parentName)}.`)
    return { isNull: true, told: true }
  }

  #nullable(type: GraphQLOutputType, value: unknown, set: SelectionSetNode | undefined, parentName: string): Outcome {
    if (value === null || value === undefined) return { isNull: true, told: false }
    if (isListType(type)) return this.#list(type.ofType, value, set, parentName)
    if (isCompositeType(type)) return this.#composite(type, value, set, parentName)
    if (this.#isValidLeaf(type, value)) return FINE
    this.#tell(`Invalid value found for ${this.#place(type, parentName)}.`)
    return { isNull: true, told: true }
  }

  #list(item: GraphQLOutputType, value: unknown, set: SelectionSetNode | undefined, parentName: string): Outcome {
    if (!Array.isArray(value)) {
      this.#tell(`Invalid value found for ${this.#place(item, parentName)}.`)
      return { isNull: true, told: true }
    }
    let isNull = false
    let told = false
    value.forEach((element, index) => {
      this.#path.push(index)
      const outcome = this.#value(item, element, set, parentName)
      this.#path.pop()
      if (outcome.isNull && isNonNullType(item)) isNull = true
      if (outcome.told) told = true
    })
    return { isNull, told }
  }

  #composite(
    type: GraphQLCompositeType,
    value: unknown,
    set: SelectionSetNode | undefined,
    parentName: string,
  ): Outcome {
    const name = isData(value) ? value.__typename : null
    const actual = typeof name === 'string' && isAbstractType(type) ? this.#schema.getType(name) : type
    if (!isData(value) || !isCompositeType(actual)) {
      this.#tell(`Invalid __typename found for object at ${this.#place(type, parentName)}.`)
      return { isNull: true, told: true }
    }
    if (!set || this.object(value, set, actual, actual.name)) return FINE
    return { isNull: true, told: true }
  }

  #isValidLeaf(type: GraphQLOutputType, value: unknown): boolean {
    const leaf = getNullableType(type)
    if (isEnumType(leaf)) return typeof value === 'string' && leaf.getValue(value) !== undefined
    switch (String(leaf)) {
      case 'Int':
        return Number.isInteger(value)
      case 'Float':
        return Number.isFinite(value)
      case 'Boolean':
        return typeof value === 'boolean'
      case 'String':
        return typeof value === 'string'
      case 'ID':
        return typeof value === 'string' || Number.isInteger(value)
      default:
        return true
    }
  }

  #place(type: GraphQLOutputType, parentName: string): string {
    const last = this.#path.at(-1)
    return typeof last === 'string' ? `field ${parentName}.${last}` : `array element of type ${type} at index ${last}`
  }

  #tell(message: string): void {
    this.found.push({ message, path: [...this.#path], extensions: { code: 'INVALID_GRAPHQL' } })
  }
}
