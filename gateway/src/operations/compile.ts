import type { QueryPlan } from '@apollo/query-planner'
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import { compileAnswerCheck } from '../execution/answer-check.ts'
import type { Step } from '../execution/execution.ts'
import { compileIntrospection } from '../execution/introspection.ts'
import { NotCompilable } from '../execution/not-compilable.ts'
import { compilePlan, type PlanContext } from '../execution/plan.ts'
import { ResponseNames } from '../execution/response-names.ts'
import type { Fragments } from '../execution/selections.ts'
import { compileSerializer, type Serializer } from '../execution/serializer.ts'
import { isPersonal } from '../subscriptions/personal.ts'
import { compileStream, type StreamPlan } from '../subscriptions/stream-plan.ts'
import type { Graph } from '../supergraph/graph.ts'
import { accessOf, type OperationAccess } from './access.ts'
import { type Amount, amountFor } from './cost-amount.ts'
import { type RefusedOperation, refusedOperation, tooExpensive } from './errors.ts'
import type { Limits } from './limits.ts'
import { needsPlansByCondition, PlansByCondition } from './plans-by-condition.ts'
import { type PreparedOperation, type PrepareOptions, preparedAgain, prepareOperation } from './prepare.ts'
import { differsByType } from './type-branches.ts'
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
  /** Set where fields are fetched under other names than the client gives them. */
  readonly names: ResponseNames | undefined
  /** Set where the outcome of its conditions decides which plan is right. */
  readonly byCondition: PlansByCondition | undefined
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
  const { cost } = prepared
  const refused = variables && refuseCost(cost, variables, options.limits)
  if (refused) return typeof cost === 'number' ? refused : { ...refused, isOfVariables: true }
  return assemble(graph, context, prepared, operationName)
}

/** Plans an operation and turns the plan into functions. */
function assemble(
  graph: Graph,
  context: PlanContext,
  { document, operation, fragments, cost }: PreparedOperation,
  operationName: string | undefined,
): CompiledOperation | RefusedOperation {
  const names = ResponseNames.for(document, graph.fieldNames)
  let plan: QueryPlan
  try {
    plan = graph.plan(names?.document ?? document, operationName, differsByType(operation, fragments))
  } catch (cause) {
    const extensions = { code: 'INTERNAL_SERVER_ERROR' }
    const refused = refusedOperation(500, { message: 'The operation cannot be planned.', extensions })
    return { ...refused, cause }
  }
  const number = ++compiledCount
  const access = accessOf(graph.schema, operation, fragments, graph.accessRules)
  const compiled: CompiledOperation = {
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
    names,
    byCondition: undefined,
    fast: undefined,
    stream: undefined,
  }
  try {
    const introspect = compileIntrospection(graph.schema, operation, fragments)
    const serialize = compileSerializer(graph.schema, operation, fragments, introspect, names)
    if (plan.node?.kind === 'Subscription') {
      return {
        ...compiled,
        stream: compileStream(
          graph,
          context,
          plan.node,
          serialize,
          isPersonal(graph.personalFields, graph.schema, document),
        ),
      }
    }
    const check = names ? undefined : compileAnswerCheck(graph.schema, operation, fragments)
    const fast = { run: compilePlan(context, plan.node, check), serialize }
    if (!needsPlansByCondition(graph, operation, fragments, plan.node)) return { ...compiled, fast }
    const general: CompiledOperation = { ...compiled, fast }
    const byCondition = new PlansByCondition(document, decided => {
      const prepared = preparedAgain(decided, operationName, cost)
      const special = assemble(graph, context, prepared, operationName)
      return special.kind === 'compiled' ? special : general
    })
    return { ...general, byCondition }
  } catch (error) {
    if (!(error instanceof NotCompilable)) throw error
    if (operation.operation !== 'subscription') return compiled
    const extensions = { code: 'BAD_REQUEST' }
    return refusedOperation(400, { message: `This subscription is not supported: ${error.message}`, extensions })
  }
}
