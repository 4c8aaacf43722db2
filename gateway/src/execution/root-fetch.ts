import type { FetchNode } from '@apollo/query-planner'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import type { Execution, Step } from './execution.ts'
import { merge } from './merge.ts'
import { objectsAt, type PlanPath } from './places.ts'
import type { PlanContext } from './plan.ts'
import { compileRewrites, type Rewrite } from './rewrites.ts'
import { addErrors, failure } from './subgraph-errors.ts'
import { type SubgraphOperation, send, subgraphOperation } from './subgraph-operation.ts'

/** A fetch of root fields, at the top of the answer or (for a mutation's `query` field) within it. */
export function compileRootFetch(context: PlanContext, node: FetchNode, path: PlanPath): Step {
  const operation = subgraphOperation(node, context.transportOf(node.serviceName))
  const rewrite = compileRewrites(context.supergraphSchema, node.outputRewrites)
  return execution => runRootFetch(context, operation, rewrite, path, execution)
}

async function runRootFetch(
  context: PlanContext,
  operation: SubgraphOperation,
  rewrite: Rewrite | undefined,
  path: PlanPath,
  execution: Execution,
): Promise<void> {
  const targets = path.length === 0 ? undefined : objectsAt(execution.data, path)
  if (targets?.length === 0) return
  let answer: GraphAnswer
  try {
    answer = await send(operation, execution)
  } catch (error) {
    context.failed(operation.service, error, execution)
    execution.errors.push(failure(operation.service, error))
    return
  }
  addErrors(execution, operation.service, answer, path)
  const data = answer.data
  if (data == null) return
  rewrite?.(data)
  if (targets) for (const target of targets) merge(target, data)
  else merge(execution.data, data)
}
