import { GraphQLError, type GraphQLErrorExtensions } from 'graphql'

/**
 * Every code an error of the graph can carry: what happened, the HTTP status where the whole request fails with
 * it, and whether the message may be shown as it is. Expected outcomes are not here: they are members of result unions.
 */
export const errorCodes = {
  BAD_REQUEST: { status: 400, shown: true },
  BAD_USER_INPUT: { status: 400, shown: true },
  GRAPHQL_PARSE_FAILED: { status: 400, shown: true },
  GRAPHQL_VALIDATION_FAILED: { status: 400, shown: true },
  OPERATION_RESOLUTION_FAILURE: { status: 400, shown: true },
  PERSISTED_QUERY_NOT_FOUND: { status: 200, shown: true },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, shown: true },
  UNAUTHENTICATED: { status: 401, shown: true },
  OPERATION_NOT_TRUSTED: { status: 403, shown: true },
  FORBIDDEN: { status: 403, shown: true },
  NOT_FOUND: { status: 404, shown: true },
  TOO_EXPENSIVE: { status: 400, shown: true },
  TOO_LARGE: { status: 413, shown: true },
  TOO_MANY_REQUESTS: { status: 429, shown: true },
  INTERNAL_SERVER_ERROR: { status: 500, shown: false },
  OVERLOADED: { status: 503, shown: true },
  SERVICE_UNAVAILABLE: { status: 503, shown: true },
  TIMED_OUT: { status: 504, shown: true },
} as const satisfies Record<string, { status: number; shown: boolean }>

export type ErrorCode = keyof typeof errorCodes

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code)
}

/** A refusal that ends a field or a request: a bad request or denied access, never an expected outcome. */
export function refusal(code: ErrorCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}

/** The code of an error raised by us on purpose; undefined for anything unforeseen. */
export function codeOf(error: unknown): ErrorCode | undefined {
  // the compiler of operations makes errors of its own, which lack extensions where there is nothing in them
  const extensions: GraphQLErrorExtensions | undefined = error instanceof GraphQLError ? error.extensions : undefined
  const original = extensions?.code
  return isErrorCode(original) ? original : undefined
}
