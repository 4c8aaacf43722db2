import type { GraphAnswer, GraphAnswerError } from '@tillgraph/kit/graph-request'
import { TransportError } from '../transport/transport.ts'
import type { Execution, ExecutionError } from './execution.ts'
import { type PlanPath, placeOfList, type ResponsePath } from './places.ts'

/** Told of what went wrong on the way to a subgraph; the client hears no more than a code. */
export type FailureListener = (service: string, error: unknown, execution: Execution) => void

/** An error that a subgraph reported, as the stock executor hands it on. */
export function reportedError(
  service: string,
  error: GraphAnswerError,
  path: ResponsePath | undefined,
): ExecutionError {
  return {
    message: error.message || `Error while fetching subquery from service "${service}"`,
    path,
    extensions: {
      ...error.extensions,
      serviceName: service,
      code: error.extensions?.code ?? 'DOWNSTREAM_SERVICE_ERROR',
    },
  }
}

export function failure(service: string, error: unknown): ExecutionError {
  const code = error instanceof TransportError ? error.code : 'SERVICE_UNAVAILABLE'
  const message =
    code === 'TIMED_OUT' ? 'A part of the graph did not answer in time.' : 'A part of the graph could not be reached.'
  return { message, path: undefined, extensions: { code, serviceName: service } }
}

/** Adds the errors of an answer that is not about entities. */
export function addErrors(execution: Execution, service: string, answer: GraphAnswer, path: PlanPath): void {
  if (!answer.errors) return
  const prefix = placeOfList(path)
  for (const error of answer.errors) {
    execution.errors.push(reportedError(service, error, error.path && [...prefix, ...error.path]))
  }
}
