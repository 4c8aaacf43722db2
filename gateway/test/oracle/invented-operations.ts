import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql'
import type { Random } from '../../../tests/support/random.ts'

export interface InventedOperation {
  readonly query: string
  readonly variables: Record<string, unknown>
}

const DEPTH_MAX = 6
const CONDITIONS_MAX = 4

/** Writes an operation on a schema at random: aliases, fragments, variables, conditions, repetitions. */
export function inventOperation(schema: GraphQLSchema, random: Random): InventedOperation {
  return new Inventor(schema, random).operation()
}

class Inventor {
  readonly #schema: GraphQLSchema
  readonly #random: Random
  readonly #declarations: string[] = []
  readonly #variables: Record<string, unknown> = {}
  readonly #fragments: string[] = []
  readonly #conditions: string[] = []
  readonly #fieldNames: readonly string[]
  readonly #confuses: boolean
  readonly #confused = new Set<string>()
  #names = 0

  constructor(schema: GraphQLSchema, random: Random) {
    const types = Object.values(schema.getTypeMap()).filter(type => isObjectType(type) && !type.name.startsWith('__'))
    const fields = types.flatMap(type => (isObjectType(type) ? Object.keys(type.getFields()) : []))
    this.#fieldNames = [...new Set(fields), 'constructor', '__typename']
    this.#confuses = random.chance(0.2)
    this.#schema = schema
    this.#random = random
  }

  operation(): InventedOperation {
    const isMutation = this.#random.chance(0.1)
    const root = isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType()
    if (!root) throw new Error('The schema has no root type.')
    const selections = this.#selections(root, DEPTH_MAX)
    const declared = this.#declarations.length > 0 ? `(${this.#declarations.join(', ')})` : ''
    const query = `${isMutation ? 'mutation' : 'query'} Invented${declared} ${selections}\n${this.#fragments.join('\n')}`
    return { query, variables: this.#variables }
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.#random.below(4)
    const parts: string[] = []
    for (let index = 0; index < count; index++) parts.push(this.#selection(type, depth))
    return `{ ${parts.join(' ')} }`
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    if (depth > 1 && this.#random.chance(0.22)) return this.#fragment(type, depth)
    if (isUnionType(type) || this.#random.chance(0.1)) return this.#aliased('__typename') + this.#condition()
    const fields = Object.values(type.getFields()).filter(
      field => depth > 1 || !isCompositeType(getNamedType(field.type)),
    )
    if (fields.length === 0) return '__typename'
    const field = this.#random.pick(fields)
    const args = field.args.map(argument => this.#argument(argument)).filter(text => text !== '')
    const name = args.length > 0 ? `n${this.#names++}: ${field.name}(${args.join(', ')})` : this.#aliased(field.name)
    const inner = getNamedType(field.type)
    const selections = isCompositeType(inner) ? ` ${this.#selections(inner, depth - 1)}` : ''
    return `${name}${this.#condition()}${selections}`
  }

  /** Now and then a field is called what another field is called. */
  #aliased(name: string): string {
    const other = this.#confuses && this.#random.chance(0.1) ? this.#random.pick(this.#fieldNames) : undefined
    if (other !== undefined && !this.#confused.has(other)) {
      this.#confused.add(other)
      return `${other}: ${name}`
    }
    return this.#random.chance(0.25) ? `n${this.#names++}: ${name}` : name
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const target = this.#random.chance(0.2) ? type : this.#random.pick(this.#overlapping(type))
    const selections = this.#selections(target, depth - 1)
    if (this.#random.chance(0.3)) {
      const name = `F${this.#names++}`
      this.#fragments.push(`fragment ${name} on ${target.name} ${selections}`)
      return `...${name}${this.#condition()}`
    }
    const typed = target !== type || this.#random.chance(0.5) ? ` on ${target.name}` : ''
    return `...${typed}${this.#condition()} ${selections}`
  }

  #overlapping(type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    const possible = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type]
    const wider = Object.values(this.#schema.getTypeMap()).filter(
      other => isAbstractType(other) && possible.some(one => this.#schema.isSubType(other, one)),
    ) as GraphQLCompositeType[]
    return [...possible, ...wider]
  }

  #condition(): string {
    if (!this.#random.chance(0.15)) return ''
    const directive = this.#random.pick(['@include', '@skip'])
    if (this.#random.chance(0.25)) return ` ${directive}(if: ${this.#random.chance(0.5)})`
    if (this.#conditions.length < CONDITIONS_MAX && this.#random.chance(0.5)) {
      const name = `c${this.#names++}`
      const fallback = this.#random.chance(0.3) ? ` = ${this.#random.chance(0.5)}` : '!'
      this.#declarations.push(`$${name}: Boolean${fallback}`)
      if (fallback === '!' || this.#random.chance(0.5)) this.#variables[name] = this.#random.chance(0.6)
      this.#conditions.push(name)
    }
    const known = this.#conditions.length > 0 ? this.#random.pick(this.#conditions) : undefined
    return known ? ` ${directive}(if: $${known})` : ''
  }

  #argument({ name, type }: GraphQLArgument): string {
    if (!isNonNullType(type) && this.#random.chance(0.4)) return ''
    if (this.#random.chance(0.5)) return `${name}: ${literal(this.#input(type, 3), type)}`
    const variable = `v${this.#names++}`
    this.#declarations.push(`$${variable}: ${type}`)
    if (isNonNullType(type) || this.#random.chance(0.8)) this.#variables[variable] = this.#input(type, 3)
    return `${name}: $${variable}`
  }

  #input(type: GraphQLInputType, depth: number): unknown {
    if (isNonNullType(type)) return this.#input(type.ofType, depth)
    if (isListType(type)) {
      return Array.from({ length: this.#random.below(3) }, () => this.#input(type.ofType, depth))
    }
    if (isEnumType(type)) return this.#random.pick(type.getValues()).name
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(() => depth > 0 && this.#random.chance(0.6))
      return Object.fromEntries(fields.map(field => [field.name, this.#input(field.type, depth - 1)]))
    }
    switch (String(type)) {
      case 'Int':
        return this.#random.below(5)
      case 'Float':
        return this.#random.below(50) / 4
      case 'Boolean':
        return this.#random.chance(0.5)
      default:
        return `t${this.#random.below(4)}`
    }
  }
}

function literal(value: unknown, type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(value, type.ofType)
  if (isListType(type)) return `[${(value as unknown[]).map(item => literal(item, type.ofType)).join(', ')}]`
  if (isInputObjectType(type)) {
    const fields = type.getFields()
    const entries = Object.entries(value as Record<string, unknown>).map(([name, inner]) => {
      const field = fields[name]
      return field ? `${name}: ${literal(inner, field.type)}` : ''
    })
    return `{ ${entries.join(', ')} }`
  }
  return isEnumType(type) ? String(value) : JSON.stringify(value)
}
