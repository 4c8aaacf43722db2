import type { Logger } from '@tillgraph/kit/log'
import type { GraphQLFormattedError } from 'graphql'
import type { Engine } from '../execution/engine.ts'
import { reportedError } from '../execution/subgraph-errors.ts'
import type { CompiledOperation } from '../operations/compile.ts'
import type { RefusedOperation } from '../operations/errors.ts'
import type { Variables } from '../operations/variables.ts'
import type { Outlets } from './outlets.ts'
import { SharedStream, type SharedStreamOptions, type Sink } from './shared-stream.ts'
import type { StreamStatistics } from './statistics.ts'
import { isLater } from './version.ts'

export interface StreamRequest {
  readonly query: string
  readonly operationName: string | undefined
  readonly variables: Variables
  /** Equal for callers who may see the same. */
  readonly sharingKey: string
  readonly requestId: string
}

export type Joined = { readonly kind: 'joined'; leave(): void } | RefusedOperation

/** The streams that answer one request: the one that all end up on, and one that catches up with it. */
interface Group {
  readonly request: StreamRequest
  main: SharedStream | undefined
  /** Started for those who came after the main stream had begun; they missed its snapshot. */
  forming: Set<SharedStream>
}

export interface SubscriptionHubOptions {
  readonly engine: Engine
  readonly statistics: StreamStatistics
  readonly outlets: Outlets
  readonly log: Logger
}

const RELOADED: GraphQLFormattedError = {
  message: 'The schema has changed in a way that ends this subscription.',
  extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
}

/**
 * Brings those who subscribe to the same together on one stream. A resumable subscription begins with a snapshot, so
 * who comes later gets a stream of their own until it has come as far as the others', and is then moved over by
 * version: everybody sees every change exactly once.
 */
export class SubscriptionHub {
  readonly #engine: Engine
  readonly #statistics: StreamStatistics
  readonly #outlets: Outlets
  readonly #log: Logger
  readonly #groups = new Map<string, Group>()

  constructor({ engine, statistics, outlets, log }: SubscriptionHubOptions) {
    this.#engine = engine
    this.#statistics = statistics
    this.#outlets = outlets
    this.#log = log
    engine.onTakenUp(() => this.#adoptGraph())
  }

  join(compiled: CompiledOperation, request: StreamRequest, sink: Sink): Joined {
    const plan = compiled.stream
    const coerced = this.#engine.coerce(compiled, request.variables)
    if (coerced.kind === 'refused' || !plan) {
      return { kind: 'refused', status: 400, errors: coerced.kind === 'refused' ? coerced.errors : [RELOADED] }
    }
    const key = keyOf(request)
    let group = this.#groups.get(key)
    if (!group) {
      group = { request, main: undefined, forming: new Set() }
      this.#groups.set(key, group)
    }
    this.#statistics.subscribers += 1
    if (!group.main?.addWithSnapshot(sink)) {
      const stream = this.#streamToJoin(key, group, () => {
        const options = this.#optionsOf(key, request, coerced.values)
        return new SharedStream({ compiled, plan }, options)
      })
      stream.add(sink)
    }
    let isIn = true
    return {
      kind: 'joined',
      leave: () => {
        if (!isIn) return
        isIn = false
        this.#statistics.subscribers -= 1
        this.#leave(key, sink)
      },
    }
  }

  /** Ends everything; readers are told that it is complete by whoever closes their connection. */
  stop(): void {
    for (const group of [...this.#groups.values()]) {
      for (const stream of streamsOf(group)) stream.stop()
    }
    this.#groups.clear()
  }

  #streamToJoin(key: string, group: Group, create: () => SharedStream): SharedStream {
    if (group.main && (!group.main.hasDelivered || !group.main.isResumable)) return group.main
    for (const forming of group.forming) if (!forming.hasDelivered) return forming
    const stream = create()
    if (!group.main) group.main = stream
    else group.forming.add(stream)
    this.#groups.set(key, group)
    // Started once this turn is over, so that its first reader is there for the first event.
    queueMicrotask(() => stream.start())
    return stream
  }

  #leave(key: string, sink: Sink): void {
    const group = this.#groups.get(key)
    if (!group) return
    for (const stream of streamsOf(group)) if (stream.remove(sink) && stream.isEmpty) stream.stop()
  }

  #optionsOf(key: string, request: StreamRequest, coerced: Variables): SharedStreamOptions {
    return {
      variables: request.variables,
      coerced,
      statistics: this.#statistics,
      outlets: this.#outlets,
      log: this.#log,
      dress: result => this.#engine.dress(result, request.requestId).trimEnd(),
      dressErrors: (errors, service) =>
        this.#engine.formatErrors(
          (errors ?? []).map(error => reportedError(service, error, error.path && [...error.path])),
          request.requestId,
        ),
      ended: stream => this.#ended(key, stream),
      advanced: stream => this.#align(key, stream),
    }
  }

  #ended(key: string, stream: SharedStream): void {
    const group = this.#groups.get(key)
    if (!group) return
    group.forming.delete(stream)
    if (group.main === stream) group.main = undefined
    if (group.main) return
    // Whoever has come furthest takes the lead.
    const [next] = [...group.forming].sort((a, b) => (isLater(b.version ?? '', a.version ?? '') ? 1 : -1))
    if (next) {
      group.forming.delete(next)
      group.main = next
    } else this.#groups.delete(key)
  }

  /** Moves those who have caught up over to the main stream; what they have seen already it will not send again. */
  #align(key: string, advanced: SharedStream): void {
    const group = this.#groups.get(key)
    const main = group?.main
    if (!group || !main || main.version === undefined) return
    const candidates = advanced === main ? [...group.forming] : [advanced]
    for (const stream of candidates) {
      if (!group.forming.has(stream) || stream.version === undefined || isLater(main.version, stream.version)) continue
      stream.handOver(main)
    }
  }

  #adoptGraph(): void {
    for (const group of [...this.#groups.values()]) {
      const { query, operationName } = group.request
      const compiled = this.#engine.find(query, operationName)
      for (const stream of streamsOf(group)) {
        const plan = compiled.kind === 'compiled' ? compiled.stream : undefined
        // Who reads was let in by the rules of before: where these have changed, everybody has to ask again.
        const isOpen = compiled.kind === 'compiled' && hasSameAccess(compiled, stream.operation.compiled)
        const isAdopted = isOpen && plan !== undefined && stream.adopt({ compiled, plan })
        if (!isAdopted) stream.fail([RELOADED])
      }
    }
  }
}

function hasSameAccess(a: CompiledOperation, b: CompiledOperation): boolean {
  return JSON.stringify(a.access) === JSON.stringify(b.access)
}

function streamsOf({ main, forming }: Group): SharedStream[] {
  return main ? [main, ...forming] : [...forming]
}

function keyOf({ query, operationName, variables, sharingKey }: StreamRequest): string {
  return JSON.stringify([sharingKey, operationName ?? null, query, variables])
}
