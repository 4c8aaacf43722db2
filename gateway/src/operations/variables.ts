import {
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql'
import { formatted } from './prepare.ts'

export type Variables = Readonly<Record<string, unknown>>

export type CoercedVariables =
  | { readonly kind: 'coerced'; readonly values: Variables }
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLFormattedError[] }

const VARIABLE_ERRORS_MAX = 50
const NONE: CoercedVariables = { kind: 'coerced', values: {} }

/** Checks what the client sent against what the operation declares, and fills in defaults. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Variables,
  suggestions: boolean,
): CoercedVariables {
  const definitions = operation.variableDefinitions
  if (!definitions?.length) return NONE
  const options = { maxErrors: VARIABLE_ERRORS_MAX, hideSuggestions: !suggestions }
  const { errors, coerced } = getVariableValues(schema, definitions, given, options)
  if (!errors) return { kind: 'coerced', values: coerced }
  return { kind: 'refused', errors: errors.map(error => formatted(error, 'BAD_USER_INPUT')) }
}

/** Whether values are nested no deeper than anything we hand on can bear. */
export function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    if (!isWithinDepth(item, depth - 1)) return false
  }
  return true
}
