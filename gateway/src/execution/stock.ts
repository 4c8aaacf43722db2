import '../supergraph/no-telemetry.ts'
import {
  buildOperationContext,
  executeQueryPlan,
  type GraphQLDataSourceProcessOptions,
  type ServiceMap,
} from '@apollo/gateway'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { CompiledOperation } from '../operations/compile.ts'
import type { Execution, ExecutionError } from './execution.ts'
import type { PlanContext } from './plan.ts'
import { failure } from './subgraph-errors.ts'

export interface StockAnswer {
  readonly data: Record<string, unknown> | null | undefined
  readonly errors: readonly ExecutionError[]
  readonly extensions: Record<string, unknown> | undefined
}

/** Runs a plan with Apollo's own executor, over our transports. */
export async function runStock(compiled: CompiledOperation, execution: Execution): Promise<StockAnswer> {
  const { graph, context, document, operation, plan, names } = compiled
  const services: ServiceMap = {}
  for (const name of graph.subgraphs.keys()) {
    services[name] = { process: options => askSubgraph(context, name, options, execution) }
  }
  const operationName = operation.name?.value
  const result = await executeQueryPlan(
    plan,
    services,
    stockRequest(execution.variables),
    buildOperationContext({
      schema: graph.schema,
      operationDocument: names?.document ?? document,
      ...(operationName === undefined ? {} : { operationName }),
    }),
    graph.supergraphSchema,
    graph.internalSchema,
  )
  return {
    data: result.data,
    errors: (result.errors ?? []).map(toExecutionError),
    extensions: result.extensions,
  }
}

/** The executor reads no more of a request than this; the rest of its type belongs to Apollo Server. */
function stockRequest(variables: Readonly<Record<string, unknown>>): Parameters<typeof executeQueryPlan>[2] {
  const request = { request: { variables: { ...variables } }, context: {}, metrics: {} }
  return request as unknown as Parameters<typeof executeQueryPlan>[2]
}

async function askSubgraph(
  context: PlanContext,
  service: string,
  { request }: GraphQLDataSourceProcessOptions,
  execution: Execution,
): Promise<{ data?: Record<string, unknown> | null; errors?: readonly GraphQLFormattedError[] }> {
  const query = request.query ?? ''
  let answer: GraphAnswer
  try {
    const transport = context.transportOf(service)
    answer =
      transport.form === 'value'
        ? await transport.send({
            query,
            operationName: request.operationName,
            variables: request.variables,
            headers: execution.headers,
            signal: execution.signal,
          })
        : await transport.send(
            JSON.stringify({ query, operationName: request.operationName, variables: request.variables }),
            execution.headers,
            !/^\s*mutation\b/.test(query),
          )
  } catch (error) {
    context.failed(service, error, execution)
    const { message, extensions } = failure(service, error)
    throw new GraphQLError(message, { extensions: { ...extensions } })
  }
  return {
    data: answer.data ?? null,
    ...(answer.errors ? { errors: answer.errors as readonly GraphQLFormattedError[] } : {}),
  }
}

function toExecutionError(error: GraphQLError | GraphQLFormattedError): ExecutionError {
  const { message, path, extensions } = error
  return { message, path, extensions: { ...extensions, code: extensions?.code ?? 'INTERNAL_SERVER_ERROR' } }
}
