import { federationMetadata, isInterfaceType, isObjectType, type Schema } from '@apollo/federation-internals'
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
  /** Whether a field is computed from what other subgraphs know. */
  isComputed(type: string, field: string): boolean
}

export function subgraphFacts(schema: Schema): SubgraphFacts {
  const known = new Map<string, readonly Key[]>()
  return {
    keysOf: type => {
      const keys = known.get(type) ?? readKeys(schema, type)
      known.set(type, keys)
      return keys
    },
    isComputed: (type, field) => {
      const requires = federationMetadata(schema)?.requiresDirective()
      return (
        requires !== undefined && (compositeType(schema, type)?.field(field)?.hasAppliedDirective(requires) ?? false)
      )
    },
  }
}

function readKeys(schema: Schema, name: string): readonly Key[] {
  const keys: Key[] = []
  const directive = federationMetadata(schema)?.keyDirective()
  if (!directive) return keys
  for (const applied of compositeType(schema, name)?.appliedDirectivesOf(directive) ?? []) {
    const { fields, resolvable } = applied.arguments()
    const [definition] = parse(`{${fields}}`, { noLocation: true }).definitions
    if (resolvable !== false && definition?.kind === Kind.OPERATION_DEFINITION) {
      keys.push(keyOf(definition.selectionSet))
    }
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
