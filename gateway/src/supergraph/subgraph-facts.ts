import {
  baseType,
  FieldDefinition,
  federationMetadata,
  isInterfaceType,
  isObjectType,
  type Schema,
} from '@apollo/federation-internals'
import { Kind, parse, type SelectionSetNode } from 'graphql'

/** A field of a key, with the fields within it. */
export interface KeyField {
  readonly name: string
  readonly fields: readonly KeyField[]
}

export type Key = readonly KeyField[]

/** What the engine has to know about one subgraph beyond what a plan says. */
export interface SubgraphFacts {
  /** The keys by which the subgraph finds objects of a type; none where it cannot be asked for any. */
  keysOf(type: string): readonly Key[]
  /** Whether any field is computed from what other subgraphs know. */
  readonly computesAnything: boolean
  /** What other subgraphs must say of an object so that a field of it can be computed. */
  requiredFor(type: string, field: string): readonly string[]
  typeOfField(type: string, field: string): string | undefined
  rootType(operation: 'query' | 'mutation' | 'subscription'): string
}

const NOTHING: readonly string[] = []

export function subgraphFacts(schema: Schema): SubgraphFacts {
  const known = new Map<string, readonly Key[]>()
  const required = readRequirements(schema)
  return {
    keysOf: type => {
      const keys = known.get(type) ?? readKeys(schema, type)
      known.set(type, keys)
      return keys
    },
    computesAnything: required.size > 0,
    requiredFor: (type, field) => required.get(`${type}.${field}`) ?? NOTHING,
    typeOfField: (type, field) => {
      const definition = compositeType(schema, type)?.field(field)
      return definition?.type && baseType(definition.type).name
    },
    rootType: operation => schema.schemaDefinition.rootType(operation)?.name ?? '',
  }
}

/** The fields that `@requires` names, by `Type.field`. */
function readRequirements(schema: Schema): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  const directive = federationMetadata(schema)?.requiresDirective()
  for (const applied of directive?.applications() ?? []) {
    const field = applied.parent
    if (!(field instanceof FieldDefinition)) continue
    const set = selectionsOf(applied.arguments().fields)
    found.set(field.coordinate, namesOf(set))
  }
  return found
}

function namesOf(set: SelectionSetNode): string[] {
  return set.selections.flatMap(selection => {
    if (selection.kind === Kind.FIELD) return selection.name.value
    return selection.kind === Kind.INLINE_FRAGMENT ? namesOf(selection.selectionSet) : []
  })
}

function selectionsOf(fields: string): SelectionSetNode {
  const [definition] = parse(`{${fields}}`, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`"${fields}" names no fields.`)
  return definition.selectionSet
}

function readKeys(schema: Schema, name: string): readonly Key[] {
  const keys: Key[] = []
  const directive = federationMetadata(schema)?.keyDirective()
  if (!directive) return keys
  for (const applied of compositeType(schema, name)?.appliedDirectivesOf(directive) ?? []) {
    const { fields, resolvable } = applied.arguments()
    if (resolvable !== false) keys.push(keyOf(selectionsOf(fields)))
  }
  return keys
}

function keyOf(set: SelectionSetNode): Key {
  return set.selections.flatMap(selection => {
    if (selection.kind !== Kind.FIELD) return []
    return [{ name: selection.name.value, fields: selection.selectionSet ? keyOf(selection.selectionSet) : [] }]
  })
}

function compositeType(schema: Schema, name: string) {
  const type = schema.type(name)
  return type && (isObjectType(type) || isInterfaceType(type)) ? type : undefined
}
