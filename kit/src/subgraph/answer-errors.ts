import { RuleFault } from '@tillgraph/rules/fault'
import { GraphQLError } from 'graphql'
import { codeOf, errorCodes } from '../errors.ts'
import type { GraphAnswerError } from '../graph-request.ts'
import type { RequestContext } from './request.ts'

/**
 * What a caller is told of an error: a refusal of ours as it is, a value that a rule refused as bad input, and
 * anything unforeseen as nothing but a request id, under which the log tells the rest.
 */
export function answerError(error: GraphQLError, request: Pick<RequestContext, 'requestId' | 'log'>): GraphAnswerError {
  const where = {
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
  }
  const code = codeOf(error) ?? codeOf(error.originalError)
  if (code !== undefined && errorCodes[code].shown) return { message: error.message, ...where, extensions: { code } }
  if (error.originalError instanceof RuleFault)
    return { message: error.originalError.message, ...where, extensions: { code: 'BAD_USER_INPUT' } }
  request.log.error({ requestId: request.requestId, path: error.path, err: error.originalError ?? error }, 'unforeseen')
  return {
    message: `Something went wrong on our side. Tell support this id: ${request.requestId}`,
    ...where,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: request.requestId },
  }
}

/** A request that could not begin: what was asked cannot be read, or its variables do not fit. */
export function badRequest(
  error: GraphQLError,
  code: 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT' | 'GRAPHQL_PARSE_FAILED',
) {
  return {
    message: error.message,
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    extensions: { code },
  }
}

/** Any thrown thing as an answer without data. */
export function answerThrown(thrown: unknown, request: Pick<RequestContext, 'requestId' | 'log'>) {
  const error =
    thrown instanceof GraphQLError ? thrown : new GraphQLError('unforeseen', { originalError: thrown as Error })
  return { errors: [answerError(error, request)] }
}
