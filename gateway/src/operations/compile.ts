import type { QueryPlan } from '@apollo/query-planner'
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Step } from '../execution/execution.ts'
import { compileIntrospection } from '../execution/introspection.ts'
import { NotCompilable } from '../execution/not-compilable.ts'
import { compilePlan, type PlanContext } from '../execution/plan.ts'
import type { Fragments } from '../execution/selections.ts'
import { compileSerializer, type Serializer } from '../execution/serializer.ts'
import { isPersonal } from '../subscriptions/personal.ts'
import { compileStream, type StreamPlan } from '../subscriptions/stream-plan.ts'
import type { Graph } from '../supergraph/graph.ts'
import { accessOf, type OperationAccess } from './access.ts'
import { type Amount, amountFor } from './cost-amount.ts'
import { type RefusedOperation, refusedOperation, tooExpensive } from './errors.ts'
import type { Limits } from './limits.ts'
import { type PrepareOptions, prepareOperation } from './prepare.ts'
import { isWithinDepth, type Variables } from './variables.ts'

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
  readonly cost: Amount
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

/** Refuses what costs too much with these variables; undefined when it may be run. */
export function refuseCost(cost: Amount, variables: Variables, limits: Limits): RefusedOperation | undefined {
  if (typeof cost === 'number') return cost > limits.costMax ? tooExpensive(cost, limits.costMax) : undefined
  // Values that nothing can bear are refused by themselves, with what else is wrong with them.
  if (!isWithinDepth(variables, limits.variablesDepth)) return undefined
  const amount = amountFor(cost, variables)
  return amount > limits.costMax ? tooExpensive(amount, limits.costMax) : undefined
}

/** Given the variables of the request that brings it, it is not planned when it would cost too much for them. */
export function compileOperation(
  graph: Graph,
  context: PlanContext,
  query: string,
  operationName: string | undefined,
  options: PrepareOptions,
  variables?: Variables,
): CompiledOperation | RefusedOperation {
  const prepared = prepareOperation(graph, query, operationName, options)
  if (prepared.kind === 'refused') return prepared
  const { document, operation, fragments, cost } = prepared
  const refused = variables && refuseCost(cost, variables, options.limits)
  if (refused) return typeof cost === 'number' ? refused : { ...refused, isOfVariables: true }
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
  const compiled = {
    kind: 'compiled',
    number,
    graph,
    context,
    document,
    operation,
    fragments,
    access,
    cost,
    plan,
  } as const
  try {
    const introspect = compileIntrospection(graph.schema, operation, fragments)
    const serialize = compileSerializer(graph.schema, operation, fragments, introspect)
    if (plan.node?.kind === 'Subscription') {
      return {
        ...compiled,
        fast: undefined,
        stream: compileStream(
          graph,
          context,
          plan.node,
          serialize,
          isPersonal(graph.personalFields, graph.schema, document),
        ),
      }
    }
    return { ...compiled, fast: { run: compilePlan(context, plan.node), serialize }, stream: undefined }
  } catch (error) {
    if (!(error instanceof NotCompilable)) throw error
    if (operation.operation !== 'subscription') return { ...compiled, fast: undefined, stream: undefined }
    const extensions = { code: 'BAD_REQUEST' }
    return refusedOperation(400, { message: `This subscription is not supported: ${error.message}`, extensions })
  }
}
