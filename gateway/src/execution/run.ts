import type { CompiledOperation, FastPath } from '../operations/compile.ts'
import type { Execution, ExecutionError } from './execution.ts'
import { runStock } from './stock.ts'
import { findViolations } from './violations.ts'

/** The outcome of a run, before it is dressed for one client. */
export interface RunResult {
  /** Data as JSON text; undefined where there is none at all. */
  readonly data: string | undefined
  readonly errors: readonly ExecutionError[]
  readonly extensions: string | undefined
}

export function runOperation(compiled: CompiledOperation, execution: Execution): Promise<RunResult> {
  const chosen = compiled.byCondition?.choose(execution.coerced) ?? compiled
  return chosen.fast ? runFast(chosen, chosen.fast, execution) : runOnStock(chosen, execution)
}

async function runFast(compiled: CompiledOperation, fast: FastPath, execution: Execution): Promise<RunResult> {
  const waiting = fast.run(execution)
  if (waiting) await waiting
  const report = { violated: false }
  const data = fast.serialize(execution.data, execution.coerced, report) ?? 'null'
  if (!report.violated || execution.errors.length > 0) return { data, errors: execution.errors, extensions: undefined }
  const { graph, operation, fragments } = compiled
  const violations = findViolations(graph.schema, operation, fragments, execution.data, execution.coerced)
  return { data, errors: [], extensions: JSON.stringify({ valueCompletion: violations }) }
}

export async function runOnStock(compiled: CompiledOperation, execution: Execution): Promise<RunResult> {
  const { data, errors, extensions } = await runStock(compiled, execution)
  return {
    data: data === undefined ? undefined : JSON.stringify(data),
    errors,
    extensions: extensions && JSON.stringify(extensions),
  }
}
