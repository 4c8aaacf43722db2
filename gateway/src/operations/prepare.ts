import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql'
import type { Fragments } from '../execution/selections.ts'
import type { Graph } from '../supergraph/graph.ts'
import { compileCost } from './cost.ts'
import type { Amount } from './cost-amount.ts'
import { type RefusedOperation, refusedOperation } from './errors.ts'
import { checkLimits, type Limits } from './limits.ts'

export interface PrepareOptions {
  readonly limits: Limits
  readonly introspection: boolean
  readonly suggestions: boolean
}

/** An operation that is well formed, within limits and valid for the schema. */
export interface PreparedOperation {
  readonly kind: 'prepared'
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
  readonly cost: Amount
}

const INTROSPECTION_REFUSED =
  'GraphQL introspection is not allowed by Apollo Server, but the query contained __schema or __type. ' +
  'To enable introspection, pass introspection: true to ApolloServer in production'

const NO_INTROSPECTION: ValidationRule = context => ({
  Field(node) {
    if (node.name.value !== '__schema' && node.name.value !== '__type') return
    context.reportError(
      // Word for word what Apollo Server says, so that clients need to know one refusal only.
      new GraphQLError(INTROSPECTION_REFUSED, {
        nodes: [node],
        extensions: { validationErrorCode: 'INTROSPECTION_DISABLED' },
      }),
    )
  },
})

/** Parses, measures and validates, the cheapest first; answers as Apollo Server does when something is wrong. */
export function prepareOperation(
  { schema, costRules }: Pick<Graph, 'schema' | 'costRules'>,
  query: string,
  operationName: string | undefined,
  options: PrepareOptions,
): PreparedOperation | RefusedOperation {
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens: options.limits.tokens })
  } catch (error) {
    return refusedOperation(400, formatted(error, 'GRAPHQL_PARSE_FAILED'))
  }
  try {
    checkLimits(document, options.limits)
  } catch (error) {
    return refusedOperation(400, formatted(error, 'GRAPHQL_VALIDATION_FAILED'))
  }
  const rules = options.introspection ? specifiedRules : [...specifiedRules, NO_INTROSPECTION]
  const faults = validate(schema, document, rules, { hideSuggestions: !options.suggestions })
  if (faults.length > 0) {
    return refusedOperation(400, ...faults.map(fault => formatted(fault, 'GRAPHQL_VALIDATION_FAILED')))
  }
  const operation = getOperationAST(document, operationName)
  if (!operation) {
    const message = operationName
      ? `Unknown operation named "${operationName}".`
      : 'Must provide operation name if query contains multiple operations.'
    return refusedOperation(400, { message, extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })
  }
  if (!schema.getRootType(operation.operation)) {
    const message = `This graph has no ${operation.operation}s.`
    return refusedOperation(400, { message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })
  }
  const fragments = fragmentsOf(document)
  try {
    const cost = compileCost(schema, costRules, operation, fragments)
    return { kind: 'prepared', document, operation, fragments, cost }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return refusedOperation(400, formatted(error, 'GRAPHQL_VALIDATION_FAILED'))
  }
}

/** A document that was made out of one that is prepared already, and costs no more. */
export function preparedAgain(
  document: DocumentNode,
  operationName: string | undefined,
  cost: Amount,
): PreparedOperation {
  const operation = getOperationAST(document, operationName)
  if (!operation) throw new Error('An operation was lost.')
  return { kind: 'prepared', document, operation, fragments: fragmentsOf(document), cost }
}

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  return fragments
}

/** An error of graphql-js as Apollo Server writes it: its own extensions first, the code last. */
export function formatted(error: unknown, code: string): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) return { message: 'Internal server error', extensions: { code } }
  return { ...error.toJSON(), extensions: { ...error.extensions, code } }
}
