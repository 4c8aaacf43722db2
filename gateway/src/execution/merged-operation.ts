import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type VariableDefinitionNode,
  visit,
} from 'graphql'
import type { SubgraphOperation } from './subgraph-operation.ts'

/** The names of the own variables of one of several merged fetches, and of its entities in the answer. */
export const ownName = (variable: string, index: number) => `${variable}_${index}`
export const entitiesName = (index: number) => `entities_${index}`

/** One request in place of several that ask the same subgraph for entities. */
export function mergeOperations(operations: readonly SubgraphOperation[]): SubgraphOperation {
  const [first] = operations
  if (!first) throw new Error('Nothing to merge.')
  const variables = new Map<string, VariableDefinitionNode>()
  const fields: FieldNode[] = []
  const fragments: FragmentDefinitionNode[] = []
  operations.forEach((operation, index) => {
    const document = renamed(parse(operation.query), operation.ownVariables, index)
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.push(definition)
      else if (definition.kind === Kind.OPERATION_DEFINITION) {
        for (const variable of definition.variableDefinitions ?? [])
          variables.set(variable.variable.name.value, variable)
        for (const selection of definition.selectionSet.selections) {
          if (selection.kind === Kind.FIELD) fields.push({ ...selection, alias: nameNode(entitiesName(index)) })
        }
      }
    }
  })
  const merged: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: 'query' as OperationDefinitionNode['operation'],
    variableDefinitions: [...variables.values()],
    selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
  }
  const query = print({ kind: Kind.DOCUMENT, definitions: [merged, ...fragments] })
  return {
    ...first,
    query,
    operationName: undefined,
    variableNames: [...new Set(operations.flatMap(({ variableNames }) => variableNames))],
    head: `{"query":${JSON.stringify(query)},"variables":{`,
  }
}

/** Its own variables and fragments are each fetch's; all other variables are the client's and mean the same. */
function renamed(document: DocumentNode, ownVariables: readonly string[], index: number): DocumentNode {
  return visit(document, {
    Variable: node =>
      ownVariables.includes(node.name.value) ? { ...node, name: nameNode(ownName(node.name.value, index)) } : undefined,
    FragmentSpread: node => ({ ...node, name: nameNode(`${node.name.value}_${index}`) }),
    FragmentDefinition: node => ({ ...node, name: nameNode(`${node.name.value}_${index}`) }),
  })
}

const nameNode = (value: string) => ({ kind: Kind.NAME, value }) as const
