import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type TypeDefinitionNode,
} from 'graphql'

export type PartNode = FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode

/** What composition adds for its own use. */
const MACHINERY = /^(join|link|core|federation)__/

export function isTypeDefinition(node: DefinitionNode): node is TypeDefinitionNode {
  switch (node.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
      return !MACHINERY.test(node.name.value)
    default:
      return false
  }
}

export function typesOf(document: DocumentNode): readonly TypeDefinitionNode[] {
  return document.definitions.filter(isTypeDefinition)
}

/** Fields or values. */
export function partsOf(definition: TypeDefinitionNode): readonly PartNode[] {
  if (definition.kind === Kind.ENUM_TYPE_DEFINITION) return definition.values ?? []
  return 'fields' in definition ? (definition.fields ?? []) : []
}

export function argumentsOf(part: PartNode): readonly InputValueDefinitionNode[] {
  return part.kind === Kind.FIELD_DEFINITION ? (part.arguments ?? []) : []
}

/** As the GraphQL specification writes it: `Type.field(argument:)`. */
export function argumentPlace(type: string, field: string, argument: string): string {
  return `${type}.${field}(${argument}:)`
}

/**
 * All types, fields, arguments and values of a schema, each named as the GraphQL specification names places: `Type`,
 * `Type.field`, `Type.field(argument:)`, `Type.VALUE`.
 */
export function placesOf(document: DocumentNode): ReadonlySet<string> {
  const places = new Set<string>()
  for (const definition of typesOf(document)) {
    const type = definition.name.value
    places.add(type)
    for (const part of partsOf(definition)) {
      places.add(`${type}.${part.name.value}`)
      for (const { name } of argumentsOf(part)) places.add(argumentPlace(type, part.name.value, name.value))
    }
  }
  return places
}

export function directivesNamed(
  node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  name: string,
): readonly ConstDirectiveNode[] {
  return node.directives?.filter(directive => directive.name.value === name) ?? []
}
