import { Supergraph } from '@apollo/federation-internals'
import {
  type DocumentNode,
  type InputValueDefinitionNode,
  Kind,
  parse,
  print,
  printSchema,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql'
import { hideAllBut } from '../../gateway/src/supergraph/contract.ts'
import {
  argumentPlace,
  argumentsOf,
  directivesNamed,
  type PartNode,
  partsOf,
  typesOf,
} from '../../gateway/src/supergraph/places.ts'

/**
 * The part of a supergraph that carries a tag, as the API schema that its users see. What is not tagged is not in it:
 *
 * - A field of an entity, and of Query, Mutation and Subscription, is in it when it is tagged itself: other subgraphs
 *   add to these types, and a tag on the whole would publish what they add.
 * - A tag on any other type is a tag on all of it.
 * - Arguments go with their field, but for those that may be left out and whose type is not in it.
 * - Scalars carry nothing and need no tag. What cannot be reached from an operation is left out.
 *
 * Throws, with every fault, where something tagged needs what is not.
 */
export function taggedPart(supergraphSdl: string, tag: string): string {
  const document = parse(supergraphSdl, { noLocation: true })
  const hidden = print(hideAllBut(document, new Selection(document, tag).places()))
  return `${printSchema(Supergraph.build(hidden).apiSchema().toGraphQLJSSchema()).trimEnd()}\n`
}

type Node = TypeDefinitionNode | PartNode

class Selection {
  readonly #tag: string
  readonly #roots: ReadonlySet<string>
  readonly #types: ReadonlyMap<string, TypeDefinitionNode>
  /** Of each type that is in it, the fields or values that are. */
  readonly #parts = new Map<string, readonly PartNode[]>()
  readonly #places = new Set<string>()
  readonly #spread = new Set<string>()
  readonly #faults: string[] = []

  constructor(document: DocumentNode, tag: string) {
    this.#tag = tag
    this.#roots = rootsOf(document)
    this.#types = new Map(typesOf(document).map(type => [type.name.value, type]))
    for (const [name, type] of this.#types) {
      const whole = this.#isTagged(type) && !this.#isExtended(type)
      const parts = partsOf(type).filter(part => !isHidden(part) && (whole || this.#isTagged(part)))
      const isIn = type.kind === Kind.SCALAR_TYPE_DEFINITION || parts.length > 0 || whole
      if (isIn && !isHidden(type)) this.#parts.set(name, parts)
    }
  }

  places(): ReadonlySet<string> {
    for (const root of this.#roots) if (this.#parts.has(root)) this.#reach(root, 'The schema')
    if (this.#faults.length > 0)
      throw new Error(`What is tagged ${this.#tag} does not stand by itself:\n${this.#faults.join('\n')}`)
    return this.#places
  }

  #isTagged(node: Node): boolean {
    return directivesNamed(node, 'tag').some(({ arguments: given }) =>
      given?.some(({ value }) => value.kind === Kind.STRING && value.value === this.#tag),
    )
  }

  #isExtended(type: TypeDefinitionNode): boolean {
    if (this.#roots.has(type.name.value)) return true
    return directivesNamed(type, 'join__type').some(({ arguments: given }) =>
      given?.some(({ name }) => name.value === 'key'),
    )
  }

  /** Takes in a type that something in it is of, and all that comes with it. */
  #reach(name: string, from: string): void {
    if (BUILT_IN.has(name)) return
    const type = this.#types.get(name)
    if (!type || !this.#parts.has(name)) {
      const isHalf = type && this.#isTagged(type) && this.#isExtended(type)
      const why = isHalf ? ' Fields of entities are tagged one by one.' : ''
      this.#faults.push(`  - ${from} is tagged, and its type ${name} is not.${why}`)
      return
    }
    this.#take(name, type)
    if (type.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const { name: member } of type.types ?? [])
        if (this.#parts.has(member.value)) this.#reach(member.value, name)
    }
    if (type.kind === Kind.INTERFACE_TYPE_DEFINITION && !this.#spread.has(name)) {
      this.#spread.add(name)
      for (const [other, known] of this.#types)
        if (this.#parts.has(other) && interfacesOf(known).includes(name)) this.#reach(other, name)
    }
  }

  #take(name: string, type: TypeDefinitionNode): void {
    if (this.#places.has(name)) return
    this.#places.add(name)
    for (const part of this.#parts.get(name) ?? []) {
      const place = `${name}.${part.name.value}`
      this.#places.add(place)
      if (part.kind !== Kind.ENUM_VALUE_DEFINITION) this.#reach(namedType(part.type), place)
      for (const argument of argumentsOf(part)) this.#takeArgument(name, part.name.value, argument)
    }
    for (const known of interfacesOf(type)) {
      const definition = this.#types.get(known)
      if (definition && this.#parts.has(known)) this.#take(known, definition)
    }
  }

  #takeArgument(type: string, field: string, argument: InputValueDefinitionNode): void {
    const wanted = namedType(argument.type)
    const canBeLeftOut = argument.type.kind !== Kind.NON_NULL_TYPE || argument.defaultValue !== undefined
    if (isHidden(argument) || (canBeLeftOut && !BUILT_IN.has(wanted) && !this.#parts.has(wanted))) return
    const place = argumentPlace(type, field, argument.name.value)
    this.#places.add(place)
    this.#reach(wanted, place)
  }
}

const BUILT_IN = new Set(['ID', 'Int', 'Float', 'String', 'Boolean'])

function rootsOf(document: DocumentNode): ReadonlySet<string> {
  const schemas = document.definitions.filter(node => node.kind === Kind.SCHEMA_DEFINITION)
  return new Set(schemas.flatMap(schema => schema.operationTypes.map(({ type }) => type.name.value)))
}

function isHidden(node: Node): boolean {
  return directivesNamed(node, 'inaccessible').length > 0
}

function interfacesOf(type: TypeDefinitionNode): readonly string[] {
  return 'interfaces' in type ? (type.interfaces ?? []).map(({ name }) => name.value) : []
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}
