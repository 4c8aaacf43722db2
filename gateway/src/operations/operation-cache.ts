import { LRUCache } from 'lru-cache'
import type { PlanContext } from '../execution/plan.ts'
import type { Graph } from '../supergraph/graph.ts'
import { type CompiledOperation, compileOperation } from './compile.ts'
import type { RefusedOperation } from './errors.ts'
import type { PrepareOptions } from './prepare.ts'
import type { Variables } from './variables.ts'

const DOCUMENTS_MAX = 2_000
const REFUSED_MAX = 500
/** A compiled operation holds some twenty bytes for each character of its text. */
const DOCUMENT_CHARACTERS_MAX = 600_000
const OPERATIONS_PER_DOCUMENT_MAX = 20

type Outcome = CompiledOperation | RefusedOperation
type OperationName = string | undefined

/**
 * Compiled operations of one version of the graph, by document and name. Refused documents are kept apart, so that a
 * flood of nonsense cannot push out what the shop runs all day.
 */
export class OperationCache {
  readonly graph: Graph
  readonly #context: PlanContext
  readonly #options: PrepareOptions
  readonly #documents = boundedByText<Map<OperationName, CompiledOperation>>(DOCUMENTS_MAX)
  readonly #refused = boundedByText<RefusedOperation>(REFUSED_MAX)

  constructor(graph: Graph, context: PlanContext, options: PrepareOptions) {
    this.graph = graph
    this.#context = context
    this.#options = options
  }

  /** What is known of an operation without any work. */
  known(query: string, operationName: OperationName): Outcome | undefined {
    return this.#documents.get(query)?.get(operationName) ?? this.#refused.get(query)
  }

  find(query: string, operationName: OperationName, variables?: Variables): Outcome {
    const known = this.known(query, operationName)
    if (known) return known
    const outcome = compileOperation(this.graph, this.#context, query, operationName, this.#options, variables)
    if (outcome.kind === 'compiled') this.#keep(query, operationName, outcome)
    // With a name, the refusal may be about the name only and must not stand for the whole document.
    else if (operationName === undefined && !outcome.isOfVariables) this.#refused.set(query, outcome)
    return outcome
  }

  /** The operations used last, as what they are found by. */
  recent(count: number): readonly (readonly [query: string, operationName: OperationName])[] {
    const found: (readonly [string, OperationName])[] = []
    for (const [query, operations] of this.#documents.entries()) {
      for (const name of operations.keys()) {
        if (found.length === count) return found
        found.push([query, name])
      }
    }
    return found
  }

  #keep(query: string, operationName: OperationName, compiled: CompiledOperation): void {
    const operations = this.#documents.get(query)
    if (!operations) this.#documents.set(query, new Map([[operationName, compiled]]))
    else if (operations.size < OPERATIONS_PER_DOCUMENT_MAX) operations.set(operationName, compiled)
  }
}

function boundedByText<Value extends object>(max: number): LRUCache<string, Value> {
  return new LRUCache({
    max,
    maxSize: DOCUMENT_CHARACTERS_MAX,
    sizeCalculation: (_value, query) => query.length + 1,
  })
}
