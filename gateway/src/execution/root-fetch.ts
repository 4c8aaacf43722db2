import type { FetchNode } from '@apollo/query-planner'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import type { AnswerCheck } from './answer-check.ts'
import type { Execution, Step } from './execution.ts'
import { merge } from './merge.ts'
import { objectsAt, type PlanPath } from './places.ts'
import type { PlanContext } from './plan.ts'
import { compileRewrites, type Rewrite } from './rewrites.ts'
import { addErrors, failure } from './subgraph-errors.ts'
import { type SubgraphOperation, send, sendUnread, subgraphOperation } from './subgraph-operation.ts'

/** An answer that is the client's as it is. */
class Whole {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
}

type Take = (bytes: Buffer) => Whole | undefined

const LINE_END = 10

function takeWhole(check: AnswerCheck): Take {
  return bytes => {
    if (!check(bytes)) return undefined
    const end = bytes.lastIndexOf('}') + 1
    const own = Buffer.allocUnsafe(end + 1)
    bytes.copy(own, 0, 0, end)
    own[end] = LINE_END
    return new Whole(own)
  }
}

/** A fetch of root fields, at the top of the answer or (for a mutation's `query` field) within it. */
export function compileRootFetch(
  context: PlanContext,
  node: FetchNode,
  path: PlanPath,
  check?: AnswerCheck | undefined,
): Step {
  const operation = subgraphOperation(node, context.transportOf(node.serviceName))
  const take = check && !node.outputRewrites?.length ? takeWhole(check) : undefined
  const rewrite = compileRewrites(context.supergraphSchema, node.outputRewrites)
  return execution => runRootFetch(context, operation, rewrite, path, take, execution)
}

async function runRootFetch(
  context: PlanContext,
  operation: SubgraphOperation,
  rewrite: Rewrite | undefined,
  path: PlanPath,
  take: Take | undefined,
  execution: Execution,
): Promise<void> {
  const targets = path.length === 0 ? undefined : objectsAt(execution.data, path)
  if (targets?.length === 0) return
  let answer: GraphAnswer | Whole
  try {
    answer = await (take ? sendUnread(operation, execution, take) : send(operation, execution))
  } catch (error) {
    context.failed(operation.service, error, execution)
    execution.errors.push(failure(operation.service, error))
    return
  }
  if (answer instanceof Whole) {
    execution.whole = answer.bytes
    return
  }
  addErrors(execution, operation.service, answer, path)
  const data = answer.data
  if (data == null) return
  rewrite?.(data)
  if (targets) for (const target of targets) merge(target, data)
  else merge(execution.data, data)
}
