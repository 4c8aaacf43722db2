import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  parseType,
  print,
  visit,
} from 'graphql'

/** The name under which a version travels from the subgraph to the gateway; the client does not see it. */
const VERSION_ALIAS = 'gateway__version'
export const AFTER_VARIABLE = 'gateway__after'

export type Version = string | number

/** What the gateway sends to the subgraph that owns a subscription. */
export interface UpstreamDocuments {
  readonly first: string
  /** The same, from after a version on; undefined where the field cannot be resumed. */
  readonly resumed: string | undefined
  /** The response name of the one root field. */
  readonly responseName: string
}

/**
 * Makes a subscription resumable where its field has an argument `after` and answers with a `version`: the version
 * is always asked for, and a second document starts where the first broke off.
 */
export function upstreamDocuments(schema: GraphQLSchema, query: string): UpstreamDocuments {
  const document = parse(query)
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  )
  const root = operation?.selectionSet.selections[0]
  if (!operation || root?.kind !== Kind.FIELD) throw new Error('A subscription has exactly one root field.')
  const responseName = root.alias?.value ?? root.name.value
  const field = schema.getSubscriptionType()?.getFields()[root.name.value]
  const after = field?.args.find(({ name }) => name === 'after')
  const type = field && 'ofType' in field.type ? field.type.ofType : field?.type
  const hasVersion = (isObjectType(type) || isInterfaceType(type)) && type.getFields().version !== undefined
  if (!after || !hasVersion || !root.selectionSet) return { first: query, resumed: undefined, responseName }

  const version = { kind: Kind.FIELD, alias: name(VERSION_ALIAS), name: name('version') } as const
  const selectionSet = { ...root.selectionSet, selections: [...root.selectionSet.selections, version] }
  const rooted = (field: FieldNode, definitions = operation.variableDefinitions ?? []): DocumentNode => ({
    ...document,
    definitions: document.definitions.map(definition =>
      definition === operation
        ? {
            ...operation,
            variableDefinitions: definitions,
            selectionSet: { ...operation.selectionSet, selections: [field] },
          }
        : definition,
    ),
  })
  const others = (root.arguments ?? []).filter(argument => argument.name.value !== 'after')
  const resumedAfter = { kind: Kind.ARGUMENT, name: name('after'), value: variable(AFTER_VARIABLE) } as const
  const resumed = rooted({ ...root, selectionSet, arguments: [...others, resumedAfter] }, [
    ...(operation.variableDefinitions ?? []),
    { kind: Kind.VARIABLE_DEFINITION, variable: variable(AFTER_VARIABLE), type: parseType(String(after.type)) },
  ])
  return {
    first: print(rooted({ ...root, selectionSet })),
    resumed: print(withoutUnusedVariables(resumed)),
    responseName,
  }
}

/** The version of an event, where it has one. */
export function versionOf(
  data: Readonly<Record<string, unknown>> | null | undefined,
  responseName: string,
): Version | undefined {
  const value = data?.[responseName]
  if (typeof value !== 'object' || value === null) return undefined
  const version = (value as Record<string, unknown>)[VERSION_ALIAS]
  return typeof version === 'string' || typeof version === 'number' ? version : undefined
}

/** Whether a version is later than another. Numbers written as text may be longer than a number can hold. */
export function isLater(version: Version, other: Version): boolean {
  const [a, b] = [String(version), String(other)]
  return a.length === b.length ? a > b : a.length > b.length
}

const name = (value: string) => ({ kind: Kind.NAME, value }) as const
const variable = (value: string) => ({ kind: Kind.VARIABLE, name: name(value) }) as const

/** A variable that only the replaced `after` used would make the document invalid. */
function withoutUnusedVariables(document: DocumentNode): DocumentNode {
  const used = new Set<string>()
  const text = print(visit(document, { VariableDefinition: { enter: () => null } }))
  visit(parse(text), {
    Variable: node => {
      used.add(node.name.value)
    },
  })
  return visit(document, {
    VariableDefinition: { enter: node => (used.has(node.variable.name.value) ? undefined : null) },
  })
}
