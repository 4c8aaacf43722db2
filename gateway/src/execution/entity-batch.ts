import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import {
  collectWanted,
  collectWantedByContext,
  type EntityFetch,
  placeErrors,
  receiveEntities,
  representationValues,
  runEntityFetch,
  type Wanted,
} from './entity-fetch.ts'
import type { Execution, Step } from './execution.ts'
import { valueText } from './json-text.ts'
import { entitiesName, mergeOperations, ownName } from './merged-operation.ts'
import type { PlanContext } from './plan.ts'
import { addErrors, failure } from './subgraph-errors.ts'
import { type SubgraphOperation, valueRequest, variablesText, variablesValue } from './subgraph-operation.ts'

const MERGED_MAX = 20
/** Which fetches meet depends on the data; more combinations than these are asked one by one. */
const COMBINATIONS_MAX = 50

interface Pending {
  readonly number: number
  readonly fetch: EntityFetch
  readonly wanted: Wanted
  readonly done: () => void
}

/**
 * Fetches of entities from one subgraph that come up at the same moment travel in one request: one trip instead of
 * several, and one loader on the other side that sees all of them.
 */
export class EntityBatcher {
  readonly #context: PlanContext
  readonly #pending = new WeakMap<Execution, Pending[]>()
  readonly #merged = new Map<string, SubgraphOperation>()
  #fetches = 0

  constructor(context: PlanContext) {
    this.#context = context
  }

  step(fetch: EntityFetch): Step {
    const number = this.#fetches++
    const ask = (wanted: Wanted, execution: Execution) =>
      new Promise<void>(done => this.#add(execution, { number, fetch, wanted, done }))
    const context = fetch.context
    if (context) {
      return async execution => {
        await Promise.all(collectWantedByContext(fetch, context, execution).map(wanted => ask(wanted, execution)))
      }
    }
    return execution => {
      const wanted = collectWanted(fetch, execution)
      return wanted && ask(wanted, execution)
    }
  }

  #add(execution: Execution, pending: Pending): void {
    const known = this.#pending.get(execution)
    if (known) known.push(pending)
    else {
      this.#pending.set(execution, [pending])
      // Runs once every step that this turn sets free has had its say.
      process.nextTick(() => this.#flush(execution))
    }
  }

  #flush(execution: Execution): void {
    const pending = this.#pending.get(execution) ?? []
    this.#pending.delete(execution)
    for (let start = 0; start < pending.length; start += MERGED_MAX) {
      const part = pending.slice(start, start + MERGED_MAX)
      const operation = part.length > 1 ? this.#operationFor(part) : undefined
      if (operation) void this.#runTogether(operation, part, execution)
      else for (const one of part) void this.#runAlone(one, execution)
    }
  }

  #operationFor(pending: readonly Pending[]): SubgraphOperation | undefined {
    const key = pending.map(({ number }) => number).join()
    const known = this.#merged.get(key)
    if (known || this.#merged.size >= COMBINATIONS_MAX) return known
    const operation = mergeOperations(pending.map(({ fetch }) => fetch.operation))
    this.#merged.set(key, operation)
    return operation
  }

  async #runAlone({ fetch, wanted, done }: Pending, execution: Execution): Promise<void> {
    await runEntityFetch(this.#context, fetch, wanted, execution)
    done()
  }

  async #runTogether(operation: SubgraphOperation, pending: readonly Pending[], execution: Execution): Promise<void> {
    let answer: GraphAnswer
    try {
      answer = await sendTogether(operation, pending, execution)
    } catch (error) {
      this.#context.failed(operation.service, error, execution)
      execution.errors.push(failure(operation.service, error))
      for (const { done } of pending) done()
      return
    }
    // What makes one of them fail as a whole must not take the others along: they are asked again by themselves.
    if (answer.data == null) {
      for (const one of pending) void this.#runAlone(one, execution)
      return
    }
    const { data, errors } = answer
    pending.forEach(({ fetch, wanted }, index) => {
      receiveEntities(this.#context, fetch, wanted, data[entitiesName(index)], execution)
    })
    if (errors) this.#place(errors, operation, pending, execution)
    for (const { done } of pending) done()
  }

  #place(
    errors: NonNullable<GraphAnswer['errors']>,
    operation: SubgraphOperation,
    pending: readonly Pending[],
    execution: Execution,
  ): void {
    pending.forEach(({ fetch, wanted }, index) => {
      const own = errors.filter(({ path }) => path?.[0] === entitiesName(index))
      if (own.length > 0) placeErrors(fetch, wanted, { errors: own }, entitiesName(index), execution)
    })
    const names = new Set(pending.map((_, index) => entitiesName(index)))
    const others = errors.filter(({ path }) => !names.has(String(path?.[0])))
    addErrors(execution, operation.service, { errors: others }, [])
  }
}

function sendTogether(
  operation: SubgraphOperation,
  pending: readonly Pending[],
  execution: Execution,
): Promise<GraphAnswer> {
  const transport = operation.transport
  if (transport.form === 'value') {
    const variables = variablesValue(operation, execution)
    pending.forEach(({ fetch, wanted }, index) => {
      for (const name in wanted.contextArguments) variables[ownName(name, index)] = wanted.contextArguments[name]
      variables[ownName('representations', index)] = representationValues(fetch, wanted)
    })
    return transport.send(valueRequest(operation, variables, execution))
  }
  let variables = variablesText(operation, execution)
  pending.forEach(({ wanted }, index) => {
    for (const name in wanted.contextArguments) {
      variables += `${variables === '' ? '' : ','}"${ownName(name, index)}":${valueText(wanted.contextArguments[name])}`
    }
    variables += `${variables === '' ? '' : ','}"${ownName('representations', index)}":[${wanted.text}]`
  })
  return transport.send(`${operation.head}${variables}}}`, execution.headers, operation.repeatable)
}
