import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import type { Logger } from '@tillgraph/kit/log'
import type { GraphQLFormattedError } from 'graphql'
import { Execution } from '../execution/execution.ts'
import { clientVariable } from '../execution/response-names.ts'
import { type RunResult, shapeResult } from '../execution/run.ts'
import { addErrors } from '../execution/subgraph-errors.ts'
import type { Headers } from '../identity/forwarded-headers.ts'
import type { CompiledOperation } from '../operations/compile.ts'
import type { Variables } from '../operations/variables.ts'
import type { Outlets } from './outlets.ts'
import { Push } from './push.ts'
import type { StreamStatistics } from './statistics.ts'
import type { StreamPlan } from './stream-plan.ts'
import { AFTER_VARIABLE, isLater, type Version, versionOf } from './version.ts'

const RECONNECT_FIRST_MILLISECONDS = 100
const RECONNECT_MOST_MILLISECONDS = 5_000
/** With pauses that grow to five seconds, about two minutes. */
const RECONNECTS_MAX = 30
/** For so long what came first may be shown to others who come: it spares a crowd at the door a snapshot each. */
const SNAPSHOT_FRESH_MILLISECONDS = 1_000

interface Snapshot {
  readonly push: Push
  readonly version: Version
  readonly at: number
}

/** One reader of a stream. */
export interface Sink {
  /** With which a lost upstream is opened again: the reader whose token lasts longest lends its own. */
  readonly headers: () => Headers
  readonly lastsUntil: () => number
  next(push: Push): void
  error(errors: readonly GraphQLFormattedError[]): void
  complete(): void
}

export interface StreamingOperation {
  readonly compiled: CompiledOperation
  readonly plan: StreamPlan
}

export interface SharedStreamOptions {
  readonly variables: Variables
  readonly coerced: Variables
  readonly statistics: StreamStatistics
  readonly outlets: Outlets
  readonly log: Logger
  /** The text of an event, as every reader of this stream may see it. */
  readonly dress: (result: RunResult) => string
  readonly dressErrors: (errors: GraphAnswer['errors'], service: string) => readonly GraphQLFormattedError[]
  /** Told once, when nothing more will come. */
  readonly ended: (stream: SharedStream) => void
  /** Told after each event; see SubscriptionHub. */
  readonly advanced: (stream: SharedStream) => void
}

/**
 * One upstream, one resolution and one serialisation for all who subscribe to the same with the same rights. A lost
 * upstream is opened again from the last version that was handed on, so that readers see neither gap nor repeat.
 */
export class SharedStream {
  readonly #options: SharedStreamOptions
  /** Sinks, and the version up to which each has been served by another stream. */
  readonly #sinks = new Map<Sink, Version | undefined>()
  #operation: StreamingOperation
  #donor: Sink | undefined
  #version: Version | undefined
  #resumedFrom: Version | undefined
  #abort: AbortController | undefined
  #isEnded = false
  #hasDelivered = false
  #snapshot: Snapshot | undefined
  #failures = 0
  #pause: { timer: NodeJS.Timeout; resume: () => void } | undefined

  constructor(operation: StreamingOperation, options: SharedStreamOptions) {
    this.#operation = operation
    this.#options = options
  }

  get operation(): StreamingOperation {
    return this.#operation
  }

  get version(): Version | undefined {
    return this.#version
  }

  get isResumable(): boolean {
    return this.#operation.plan.documents.resumed !== undefined
  }

  /** Whether who joins now has missed something. */
  get hasDelivered(): boolean {
    return this.#hasDelivered
  }

  get isEmpty(): boolean {
    return this.#sinks.size === 0
  }

  /** Adds a reader who is content with what came first, while that is fresh and nothing has changed since. */
  addWithSnapshot(sink: Sink): boolean {
    const snapshot = this.#snapshot
    if (snapshot?.version !== this.#version || snapshot === undefined) return false
    if (snapshot.at + SNAPSHOT_FRESH_MILLISECONDS < Date.now()) return false
    this.add(sink, snapshot.version)
    this.#options.statistics.pushes += 1
    sink.next(snapshot.push)
    return true
  }

  add(sink: Sink, servedUpTo?: Version): void {
    this.#sinks.set(sink, servedUpTo)
    if (!this.#donor || sink.lastsUntil() >= this.#donor.lastsUntil()) this.#donor = sink
  }

  /** Returns whether nobody is left. */
  remove(sink: Sink): boolean {
    if (this.#sinks.delete(sink) && this.#donor === sink) this.#chooseDonor()
    return this.#sinks.size === 0
  }

  /** Gives all readers to another stream that has come as far as this one, and ends this one without a word. */
  handOver(other: SharedStream): void {
    for (const sink of this.#sinks.keys()) other.add(sink, this.#version)
    if (this.#snapshot?.version === other.#version) other.#snapshot = this.#snapshot
    this.#sinks.clear()
    this.stop()
  }

  start(): void {
    this.#options.statistics.upstreams += 1
    void this.#run()
  }

  /** Ends it without telling anyone. */
  stop(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#options.statistics.upstreams -= 1
    clearTimeout(this.#pause?.timer)
    this.#pause?.resume()
    this.#abort?.abort()
    this.#options.ended(this)
  }

  fail(errors: readonly GraphQLFormattedError[]): void {
    this.#finish(sink => sink.error(errors))
  }

  /**
   * Goes on with a new version of the graph: in place when its owner is asked the same, from the last version on
   * when it is asked something else. False when neither is possible.
   */
  adopt(operation: StreamingOperation): boolean {
    const [before, after] = [this.#operation.plan, operation.plan]
    const isSame = before.service === after.service && before.documents.first === after.documents.first
    if (!isSame && !(after.documents.resumed && this.#version !== undefined)) return false
    this.#operation = operation
    if (!isSame) this.#abort?.abort()
    return true
  }

  async #run(): Promise<void> {
    while (!this.#isEnded) {
      const abort = new AbortController()
      this.#abort = abort
      try {
        const isComplete = await this.#read(abort.signal)
        if (this.#isEnded) return
        if (isComplete && !abort.signal.aborted) {
          this.#finish(sink => sink.complete())
          return
        }
      } catch (error) {
        if (this.#isEnded) return
        this.#options.log.warn(
          { err: error, service: this.#operation.plan.service },
          'A subscription lost its upstream.',
        )
        if (!this.#mayReconnect()) {
          this.#finish(sink => sink.error(this.#lost()))
          return
        }
      }
      if (!abort.signal.aborted) await this.#wait()
    }
  }

  /** Nothing is lost by coming back where nothing was delivered yet, or where the field knows how to go on. */
  #mayReconnect(): boolean {
    const canGoOn = !this.#hasDelivered || (this.isResumable && this.#version !== undefined)
    return canGoOn && this.#failures < RECONNECTS_MAX
  }

  /** Reads the upstream to its end. Returns whether it ended of its own accord. */
  async #read(signal: AbortSignal): Promise<boolean> {
    const { plan, compiled } = this.#operation
    const iterator = compiled.context.transportOf(plan.service).subscribe(this.#request(signal))[Symbol.asyncIterator]()
    let giveUp: ((nothing: undefined) => void) | undefined
    signal.addEventListener('abort', () => giveUp?.(undefined), { once: true })
    try {
      for (;;) {
        const step = await new Promise<IteratorResult<GraphAnswer> | undefined>((resolve, reject) => {
          giveUp = resolve
          iterator.next().then(resolve, reject)
        })
        if (step === undefined || signal.aborted) return false
        if (step.done) return true
        if (isRefused(step.value)) {
          this.#refused(step.value, plan.service)
          return false
        }
        await this.#deliver(step.value)
        this.#failures = 0
      }
    } finally {
      // An upstream that waits for its next event may not hear this before it comes; the signal reaches it sooner.
      iterator.return?.()?.then(undefined, () => undefined)
    }
  }

  #request(signal: AbortSignal) {
    const { plan } = this.#operation
    const variables: Record<string, unknown> = {}
    for (const name of plan.variableNames) {
      const value = this.#options.variables[clientVariable(name)]
      if (value !== undefined) variables[name] = value
    }
    const isResumed = plan.documents.resumed !== undefined && this.#version !== undefined
    this.#resumedFrom = isResumed ? this.#version : undefined
    if (isResumed) variables[AFTER_VARIABLE] = this.#version
    const query = isResumed ? (plan.documents.resumed as string) : plan.documents.first
    return { query, operationName: plan.operationName, variables, headers: this.#headers(), signal }
  }

  async #deliver(answer: GraphAnswer): Promise<void> {
    const { plan, compiled } = this.#operation
    const { coerced, variables, statistics, outlets } = this.#options
    const arrival = performance.now()
    const version = versionOf(answer.data, plan.documents.responseName)
    // What comes again after a reconnect was handed on before.
    if (version !== undefined && this.#resumedFrom !== undefined && !isLater(version, this.#resumedFrom)) return
    statistics.events += 1
    const execution = new Execution(variables, coerced, this.#headers())
    addErrors(execution, plan.service, answer, [])
    const data = answer.data ?? undefined
    if (data) {
      plan.rewrite?.(data)
      Object.assign(execution.data, data)
      const waiting = plan.rest(execution)
      if (waiting) await waiting
    }
    if (this.#isEnded) return
    const push = new Push(this.#options.dress(resultOf(compiled, plan, execution, data !== undefined)))
    if (version !== undefined) {
      this.#version = version
      if (!this.#hasDelivered) this.#snapshot = { push, version, at: Date.now() }
    }
    this.#hasDelivered = true
    for (const [sink, servedUpTo] of this.#sinks) {
      if (servedUpTo !== undefined) {
        if (version !== undefined && !isLater(version, servedUpTo)) continue
        this.#sinks.set(sink, undefined)
      }
      statistics.pushes += 1
      sink.next(push)
    }
    outlets.afterwards(() => statistics.lag.observe((performance.now() - arrival) / 1_000))
    this.#options.advanced(this)
  }

  #headers(): Headers {
    return this.#donor?.headers() ?? {}
  }

  /** The owner no longer trusts the token it was asked with: somebody else's may still be good. */
  #refused(answer: GraphAnswer, service: string): void {
    if (answer.errors?.[0]?.extensions?.code === 'UNAUTHENTICATED' && this.#failures < RECONNECTS_MAX) {
      const refused = this.#headers().authorization
      this.#chooseDonor(refused)
      if (this.#headers().authorization !== refused) return
    }
    this.#finish(sink => sink.error(this.#options.dressErrors(answer.errors, service)))
  }

  #chooseDonor(except?: string): void {
    let best: Sink | undefined
    for (const sink of this.#sinks.keys()) {
      if (except !== undefined && sink.headers().authorization === except) continue
      if (!best || sink.lastsUntil() > best.lastsUntil()) best = sink
    }
    this.#donor = best ?? this.#donor
  }

  #lost(): readonly GraphQLFormattedError[] {
    return [{ message: 'The source of this subscription was lost.', extensions: { code: 'SERVICE_UNAVAILABLE' } }]
  }

  #finish(tell: (sink: Sink) => void): void {
    const sinks = [...this.#sinks.keys()]
    this.#sinks.clear()
    this.stop()
    for (const sink of sinks) tell(sink)
  }

  async #wait(): Promise<void> {
    this.#options.statistics.reconnects += 1
    const most = Math.min(RECONNECT_MOST_MILLISECONDS, RECONNECT_FIRST_MILLISECONDS * 2 ** Math.min(this.#failures, 10))
    this.#failures += 1
    // Half of it at random, so that not everybody comes back at once.
    const milliseconds = most / 2 + Math.random() * (most / 2)
    await new Promise<void>(resolve => {
      this.#pause = { timer: setTimeout(resolve, milliseconds), resume: resolve }
    })
  }
}

/** No data at all is not an event: it is how a subgraph refuses a subscription. */
function isRefused(answer: GraphAnswer): boolean {
  return answer.data === undefined && answer.errors !== undefined && answer.errors.length > 0
}

function resultOf(compiled: CompiledOperation, plan: StreamPlan, execution: Execution, hasData: boolean): RunResult {
  if (hasData) return shapeResult(compiled, plan.serialize, execution)
  return {
    data: 'null',
    errors: compiled.names?.restoreErrors(execution.errors) ?? execution.errors,
    extensions: undefined,
  }
}
