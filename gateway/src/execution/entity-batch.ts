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

/** Nobody waits for company longer than this, nor longer than the whole run has taken until then. */
const PATIENCE_MILLISECONDS_MAX = 50

interface Pending {
  readonly number: number
  readonly fetch: EntityFetch
  readonly wanted: Wanted
  readonly done: () => void
}

/** Who has come so far, in one run of the plan. */
export interface Meeting {
  pending: Pending[]
  arrived: number
  patience: NodeJS.Timeout | undefined
}

/**
 * Fetches of entities from one subgraph that stand equally deep in a plan travel in one request: one trip instead of
 * several, and one loader on the other side that sees all of them. Whoever comes first waits for the others, but only
 * for so long as the run has taken already: a slow subgraph at most doubles what those wait who do not need it.
 */
export class EntityBatcher {
  readonly #context: PlanContext
  readonly #merged = new Map<string, SubgraphOperation>()
  #fetches = 0

  constructor(context: PlanContext) {
    this.#context = context
  }

  /** For each fetch, its step, and what is to be called in a run in which it is left out. */
  add(fetch: EntityFetch): { readonly step: Step; readonly leaveOut: (execution: Execution) => void } {
    const number = this.#fetches++
    return {
      step: execution => {
        const wanted = fetch.context
          ? collectWantedByContext(fetch, fetch.context, execution)
          : collectWanted(fetch, execution)
        return this.#arrive(number, fetch, wanted, execution)
      },
      leaveOut: execution => void this.#arrive(number, fetch, undefined, execution),
    }
  }

  #arrive(
    number: number,
    fetch: EntityFetch,
    wanted: Wanted | readonly Wanted[] | undefined,
    execution: Execution,
  ): Promise<void> | undefined {
    let meeting = execution.meetings.get(this)
    if (!meeting) {
      meeting = { pending: [], arrived: 0, patience: undefined }
      execution.meetings.set(this, meeting)
    }
    const { pending } = meeting
    const ask = (one: Wanted) => new Promise<void>(done => pending.push({ number, fetch, wanted: one, done }))
    let waiting: Promise<void> | undefined
    if (isList(wanted)) waiting = wanted.length === 0 ? undefined : Promise.all(wanted.map(ask)).then(ignore)
    else if (wanted) waiting = ask(wanted)
    meeting.arrived += 1
    if (meeting.arrived === this.#fetches) this.#flush(meeting, execution)
    else if (pending.length > 0) meeting.patience ??= this.#beginToWait(meeting, execution)
    return waiting
  }

  #beginToWait(meeting: Meeting, execution: Execution): NodeJS.Timeout {
    const milliseconds = Math.min(PATIENCE_MILLISECONDS_MAX, Math.ceil(execution.milliseconds))
    return setTimeout(() => this.#flush(meeting, execution), milliseconds)
  }

  #flush(meeting: Meeting, execution: Execution): void {
    const { pending } = meeting
    if (meeting.patience) clearTimeout(meeting.patience)
    meeting.patience = undefined
    meeting.pending = []
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

function isList(wanted: Wanted | readonly Wanted[] | undefined): wanted is readonly Wanted[] {
  return Array.isArray(wanted)
}

function ignore(): void {}

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
