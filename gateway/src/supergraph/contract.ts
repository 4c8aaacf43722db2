import {
  buildSchema,
  type ConstDirectiveNode,
  type DocumentNode,
  findBreakingChanges,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  type TypeDefinitionNode,
} from 'graphql'
import { importsOf, linkedUrl, linksOf, prefixOf } from './links.ts'
import { argumentPlace, isTypeDefinition, placesOf } from './places.ts'

const SPECIFICATION = /^https:\/\/specs\.apollo\.dev\/inaccessible\//
const INACCESSIBLE = `
extend schema @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
`

/**
 * A supergraph of which no more can be asked than a contract holds: an API schema, such as partners are given. Everything else
 * stays in it for planning, and is hidden.
 */
export function restrictTo(supergraphSdl: string, contractSdl: string): string {
  return print(hideAllBut(parse(supergraphSdl, { noLocation: true }), placesOf(parse(contractSdl))))
}

/** Throws when a schema does not keep what a contract promises. What it has beyond that does not matter. */
export function requireKept(contractSdl: string, served: GraphQLSchema): void {
  const broken = findBreakingChanges(buildSchema(contractSdl), served)
  if (broken.length === 0) return
  throw new Error(`The supergraph breaks the contract: ${broken.map(({ description }) => description).join(' ')}`)
}

/** Hides all places of a supergraph that are not among those to be kept. */
export function hideAllBut(supergraph: DocumentNode, kept: ReadonlySet<string>): DocumentNode {
  const { document, name } = withInaccessible(supergraph)
  const hidden: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name } }
  const dress = <Node extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(
    node: Node,
    place: string,
  ): Node => {
    if (kept.has(place) || node.directives?.some(directive => directive.name.value === name)) return node
    return { ...node, directives: [...(node.directives ?? []), hidden] }
  }
  const hide = (definition: TypeDefinitionNode): TypeDefinitionNode => {
    const type = definition.name.value
    const dressed = dress(definition, type)
    switch (dressed.kind) {
      case Kind.ENUM_TYPE_DEFINITION:
        return { ...dressed, values: (dressed.values ?? []).map(value => dress(value, `${type}.${value.name.value}`)) }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        return { ...dressed, fields: (dressed.fields ?? []).map(field => dress(field, `${type}.${field.name.value}`)) }
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION: {
        const fields = (dressed.fields ?? []).map(field => {
          const given = (field.arguments ?? []).map(argument =>
            dress(argument, argumentPlace(type, field.name.value, argument.name.value)),
          )
          return dress({ ...field, arguments: given }, `${type}.${field.name.value}`)
        })
        return { ...dressed, fields }
      }
      default:
        return dressed
    }
  }
  return {
    ...document,
    definitions: document.definitions.map(node => (isTypeDefinition(node) ? hide(node) : node)),
  }
}

/** The supergraph with the directive that hides, and what it is called there. */
function withInaccessible(supergraph: DocumentNode): { readonly document: DocumentNode; readonly name: string } {
  const link = linksOf(supergraph).find(known => SPECIFICATION.test(linkedUrl(known)))
  if (link)
    return {
      document: supergraph,
      name: new Map(importsOf(link)).get('inaccessible') ?? prefixOf(link) ?? 'inaccessible',
    }
  const definitions = [...supergraph.definitions, ...parse(INACCESSIBLE, { noLocation: true }).definitions]
  return { document: { ...supergraph, definitions }, name: 'inaccessible' }
}
