import type { SubscriptionNode } from '@apollo/query-planner'
import type { Step } from '../execution/execution.ts'
import { compilePlan, type PlanContext } from '../execution/plan.ts'
import { compileRewrites, type Rewrite } from '../execution/rewrites.ts'
import type { Serializer } from '../execution/serializer.ts'
import type { Graph } from '../supergraph/graph.ts'
import { type UpstreamDocuments, upstreamDocuments } from './version.ts'

/** A compiled subscription: what its owner is asked, and what is done with each event. */
export interface StreamPlan {
  readonly service: string
  readonly operationName: string | undefined
  readonly documents: UpstreamDocuments
  readonly variableNames: readonly string[]
  readonly rewrite: Rewrite | undefined
  /** Fetches what the owner does not have. */
  readonly rest: Step
  readonly serialize: Serializer
  /** Depends on who asks: shared with nobody. */
  readonly isPersonal: boolean
}

export function compileStream(
  graph: Graph,
  context: PlanContext,
  { primary, rest }: SubscriptionNode,
  serialize: Serializer,
  isPersonal: boolean,
): StreamPlan {
  return {
    service: primary.serviceName,
    operationName: primary.operationName,
    documents: upstreamDocuments(graph.supergraphSchema, primary.operation),
    variableNames: primary.variableUsages ?? [],
    rewrite: compileRewrites(graph.supergraphSchema, primary.outputRewrites),
    rest: compilePlan(context, rest),
    serialize,
    isPersonal,
  }
}
