import type { QueryPlan } from '@apollo/query-planner'
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Step } from '../execution/execution.ts'
import { compileIntrospection } from '../execution/introspection.ts'
import { NotCompilable } from '../execution/not-compilable.ts'
import { compilePlan, type PlanContext } from '../execution/plan.ts'
import type { Fragments } from '../execution/selections.ts'
import { compileSerializer, type Serializer } from '../execution/serializer.ts'
import { compileStream, type StreamPlan } from '../subscriptions/stream-plan.ts'
import type { Graph } from '../supergraph/graph.ts'
import { accessOf, type OperationAccess } from './access.ts'
import { type RefusedOperation, refusedOperation } from './errors.ts'
import { type PrepareOptions, prepareOperation } from './prepare.ts'

/** An operation with everything that can be worked out before it is run. */
export interface CompiledOperation {
  readonly kind: 'compiled'
  /** Tells compiled operations apart within the process. */
  readonly number: number
  readonly graph: Graph
  readonly context: PlanContext
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
  readonly access: OperationAccess
  readonly plan: QueryPlan
  /** Undefined where the stock executor has to run the plan. */
  readonly fast: FastPath | undefined
  /** Set for subscriptions, and for nothing else. */
  readonly stream: StreamPlan | undefined
}

export interface FastPath {
  readonly run: Step
  readonly serialize: Serializer
}

let compiledCount = 0

export function compileOperation(
  graph: Graph,
  context: PlanContext,
  query: string,
  operationName: string | undefined,
  options: PrepareOptions,
): CompiledOperation | RefusedOperation {
  const prepared = prepareOperation(graph.schema, query, operationName, options)
  if (prepared.kind === 'refused') return prepared
  const { document, operation, fragments } = prepared
  let plan: QueryPlan
  try {
    plan = graph.plan(document, operationName)
  } catch (cause) {
    const extensions = { code: 'INTERNAL_SERVER_ERROR' }
    const refused = refusedOperation(500, { message: 'The operation cannot be planned.', extensions })
    return { ...refused, cause }
  }
  const number = ++compiledCount
  const access = accessOf(graph.schema, operation, fragments, graph.accessRules)
  const compiled = { kind: 'compiled', number, graph, context, document, operation, fragments, access, plan } as const
  try {
    const introspect = compileIntrospection(graph.schema, operation, fragments)
    const serialize = compileSerializer(graph.schema, operation, fragments, introspect)
    if (plan.node?.kind === 'Subscription') {
      return { ...compiled, fast: undefined, stream: compileStream(graph, context, plan.node, serialize) }
    }
    return { ...compiled, fast: { run: compilePlan(context, plan.node), serialize }, stream: undefined }
  } catch (error) {
    if (!(error instanceof NotCompilable)) throw error
    if (operation.operation !== 'subscription') return { ...compiled, fast: undefined, stream: undefined }
    const extensions = { code: 'BAD_REQUEST' }
    return refusedOperation(400, { message: `This subscription is not supported: ${error.message}`, extensions })
  }
}
