import { errorCodes, isErrorCode } from '@tillgraph/kit/errors'
import type { GraphQLFormattedError } from 'graphql'
import type { ExecutionError } from '../execution/execution.ts'

/** An operation that is answered without being run. */
export interface RefusedOperation {
  readonly kind: 'refused'
  readonly status: number
  readonly errors: readonly GraphQLFormattedError[]
  /** Set when another request may be allowed the same operation. */
  readonly isOfVariables?: boolean
  /** Set when the fault is ours and belongs in the log. */
  readonly cause?: unknown
}

export function refusedOperation(status: number, ...errors: readonly GraphQLFormattedError[]): RefusedOperation {
  return { kind: 'refused', status, errors }
}

export function tooExpensive(cost: number, limit: number): RefusedOperation {
  const message = `The operation may cost ${cost}, and no more than ${limit} is allowed. Ask for smaller pages or less in each.`
  return refusedOperation(400, { message, extensions: { code: 'TOO_EXPENSIVE', cost, limit } })
}

/** Answered to whoever asks for what is not on the list, where only what is listed is run. */
export const NOT_TRUSTED: RefusedOperation = refusedOperation(403, {
  message: 'This operation is not among those that are run here: the applications of this graph have listed theirs.',
  extensions: { code: 'OPERATION_NOT_TRUSTED' },
})

const SUGGESTION = / ?Did you mean(.+?)\?$/

export function withoutSuggestion(message: string): string {
  return message.replace(SUGGESTION, '')
}

/** What nobody outside may see of an error, whatever the mode. */
const NEVER_SHOWN = new Set(['stacktrace', 'exception', 'originalError'])
/** What names the insides of the graph; useful on a developer's machine only. */
const INTERNAL = new Set(['serviceName', 'service'])

/** Brings errors of a run into the shape that leaves the house. */
export function formatErrors(
  errors: readonly ExecutionError[],
  production: boolean,
  requestId: string | undefined,
): GraphQLFormattedError[] {
  return errors.map(error => {
    const path = error.path ? { path: error.path } : {}
    const code = error.extensions.code
    if (production && (!isErrorCode(code) || !errorCodes[code].shown)) {
      const extensions = { code: 'INTERNAL_SERVER_ERROR', ...(requestId ? { requestId } : {}) }
      return { message: 'Internal server error', ...path, extensions }
    }
    const extensions: Record<string, unknown> = {}
    for (const key of Object.keys(error.extensions)) {
      if (NEVER_SHOWN.has(key) || (production && INTERNAL.has(key))) continue
      extensions[key] = error.extensions[key]
    }
    return { message: error.message, ...path, extensions }
  })
}
