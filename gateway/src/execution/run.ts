import type { CompiledOperation, FastPath } from '../operations/compile.ts'
import type { Execution, ExecutionError } from './execution.ts'
import type { Serializer } from './serializer.ts'
import { runStock } from './stock.ts'
import { findViolations } from './violations.ts'

/** The outcome of a run, before it is dressed for one client. */
export interface RunResult {
  /** Data as JSON text; undefined where there is none at all. */
  readonly data: string | undefined
  readonly errors: readonly ExecutionError[]
  readonly extensions: string | undefined
  /** The whole answer as it goes out, where nothing had to be made of it. */
  readonly whole?: Buffer
}

const DATA_BEGINS = '{"data":'.length
const DATA_ENDS = -'}\n'.length

/** What a subgraph answered and the client is answered, byte for byte; as text only where that is asked for. */
class PassedOn implements RunResult {
  readonly errors: readonly ExecutionError[] = []
  readonly extensions = undefined
  readonly whole: Buffer

  constructor(whole: Buffer) {
    this.whole = whole
  }

  get data(): string {
    return this.whole.subarray(DATA_BEGINS, DATA_ENDS).toString()
  }
}

export function runOperation(compiled: CompiledOperation, execution: Execution): Promise<RunResult> {
  const chosen = compiled.byCondition?.choose(execution.coerced) ?? compiled
  return chosen.fast ? runFast(chosen, chosen.fast, execution) : runOnStock(chosen, execution)
}

async function runFast(compiled: CompiledOperation, fast: FastPath, execution: Execution): Promise<RunResult> {
  const waiting = fast.run(execution)
  if (waiting) await waiting
  if (execution.whole) return new PassedOn(execution.whole)
  return shapeResult(compiled, fast.serialize, execution)
}

/** Makes an answer out of what was collected, and finds out what is wrong with it where nobody has said so. */
export function shapeResult(compiled: CompiledOperation, serialize: Serializer, execution: Execution): RunResult {
  const report = { violated: false }
  const data = serialize(execution.data, execution.coerced, report) ?? 'null'
  const { graph, operation, fragments, names } = compiled
  if (!report.violated || execution.errors.length > 0) {
    return { data, errors: names?.restoreErrors(execution.errors) ?? execution.errors, extensions: undefined }
  }
  const violations = findViolations(graph.schema, operation, fragments, execution.data, execution.coerced, names)
  return { data, errors: [], extensions: JSON.stringify({ valueCompletion: violations }) }
}

export async function runOnStock(compiled: CompiledOperation, execution: Execution): Promise<RunResult> {
  const { data, errors, extensions } = await runStock(compiled, execution)
  const names = compiled.names
  return {
    data: data === undefined ? undefined : JSON.stringify(names ? names.restoreData(data) : data),
    errors: names?.restoreErrors(errors) ?? errors,
    extensions: extensions && JSON.stringify(extensions),
  }
}
