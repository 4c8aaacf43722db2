import {
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

const TAG = 'personal'

/**
 * Fields whose values depend on who asks and not only on what they may do: those that the supergraph tags `personal`,
 * as `Type.field`. A subscription that asks for one is shared by one person's own sockets and by nobody else.
 */
export function readPersonalFields(sdl: string): ReadonlySet<string> {
  const fields = new Set<string>()
  if (!sdl.includes(`"${TAG}"`)) return fields
  for (const definition of parse(sdl, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue
    for (const field of definition.fields ?? [])
      if (field.directives?.some(isTag)) fields.add(`${definition.name.value}.${field.name.value}`)
  }
  return fields
}

function isTag({ name, arguments: given }: DirectiveNode): boolean {
  return (
    name.value === 'tag' &&
    given?.some(({ name, value }) => name.value === 'name' && value.kind === Kind.STRING && value.value === TAG) ===
      true
  )
}

/** Whether a document asks for a personal field, anywhere. */
export function isPersonal(personal: ReadonlySet<string>, schema: GraphQLSchema, document: DocumentNode): boolean {
  if (personal.size === 0) return false
  const types = new TypeInfo(schema)
  let found = false
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: {
        enter(node) {
          if (personal.has(`${types.getParentType()?.name}.${node.name.value}`)) found = true
        },
      },
    }),
  )
  return found
}
