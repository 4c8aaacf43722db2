import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import type { Bus } from '@tillgraph/kit/events/bus'
import type { Logger } from '@tillgraph/kit/log'
import type { Delivery } from '../domain/delivery.ts'
import { readChangeInstant, readSnapshot, readStoreEnd } from '../store/changes.ts'
import type { DeliverySignals } from './delivery-signals.ts'
import { openStoreLog, type StoreLog } from './store-log.ts'

const FOLLOWERS_MOST = 20_000
const SNAPSHOT_MOST = 1_000
const REPLAY_HOURS = 24
/** More than this is told as each delivery once, as it is. */
const REPLAY_CHANGES_MOST = 50_000n

/** What somebody follows: the deliveries of a store, or one of them, or those of one courier. */
export interface Follow {
  readonly tenantId: string
  readonly storeId: string
  readonly deliveryId: string | null
  readonly courierId: string | null
  /** The version last seen. */
  readonly after: bigint | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * Deliveries as they change: what there is first, then each change, in the order of the store's versions, each once.
 * Only what is committed is told. Who reads slowly holds up nobody: everybody has a place in the same log, and pulls.
 */
export interface DeliveryFeed {
  start(): Promise<void>
  stop(): Promise<void>
  follow(follow: Follow): AsyncIterableIterator<Delivery>
}

export interface DeliveryFeedOptions {
  readonly database: Database
  readonly bus: Bus
  readonly signals: DeliverySignals
  readonly clock: Clock
  readonly log: Logger
}

/** A store's log, and how many follow it or are about to. */
interface SharedLog {
  readonly opening: Promise<StoreLog>
  followers: number
}

export function createDeliveryFeed(options: DeliveryFeedOptions): DeliveryFeed {
  const { database, bus, signals, clock } = options
  const logs = new Map<string, SharedLog>()
  const endings = new Set<() => void>()
  let stopListening: (() => Promise<void>) | undefined
  let stopWatching: (() => void) | undefined

  const lookAt = (name: string) => {
    logs.get(name)?.opening.then(
      log => log.look(),
      // whoever waits for it is told
      () => {},
    )
  }

  function share(name: string, { tenantId, storeId }: Follow): SharedLog {
    let shared = logs.get(name)
    if (!shared) {
      const opening = readStoreEnd(database, tenantId, storeId).then(end =>
        openStoreLog(options, tenantId, storeId, end),
      )
      shared = { opening, followers: 0 }
      logs.set(name, shared)
    }
    shared.followers++
    return shared
  }

  function leave(name: string, shared: SharedLog): void {
    shared.followers--
    if (shared.followers > 0) return
    if (logs.get(name) === shared) logs.delete(name)
    shared.opening.then(
      log => log.close(),
      () => {},
    )
  }

  /** Where to begin, and what to tell before. */
  async function begin(follow: Follow): Promise<{ first: readonly Delivery[]; version: bigint }> {
    const { tenantId, storeId, after } = follow
    if (after === undefined || after <= 0n) return snapshot(follow, 0n)
    const end = await readStoreEnd(database, tenantId, storeId)
    if (after === end) return { first: [], version: after }
    // a version that this store has not reached yet is none of its own: all is told anew
    if (after > end) return snapshot(follow, 0n)
    const next = await readChangeInstant(database, tenantId, storeId, after + 1n)
    const replayable = next !== undefined && next.getTime() > clock.now().getTime() - REPLAY_HOURS * 3_600_000
    return replayable && end - after <= REPLAY_CHANGES_MOST ? { first: [], version: after } : snapshot(follow, after)
  }

  async function snapshot(follow: Follow, after: bigint) {
    const found = await readSnapshot(database, { ...follow, after }, SNAPSHOT_MOST + 1)
    if (found.deliveries.length > SNAPSHOT_MOST)
      throw refusal('BAD_USER_INPUT', `More than ${SNAPSHOT_MOST} deliveries would be told at once: list them instead.`)
    return { first: found.deliveries, version: found.end }
  }

  function follow(asked: Follow): AsyncIterableIterator<Delivery> {
    if (endings.size >= FOLLOWERS_MOST)
      throw refusal('TOO_MANY_REQUESTS', 'Too many follow deliveries here; try again in a moment.')
    const name = `${asked.tenantId} ${asked.storeId}`
    const wanted = (delivery: Delivery) =>
      (asked.deliveryId === null || delivery.id === asked.deliveryId) &&
      (asked.courierId === null || delivery.courierId === asked.courierId || delivery.courierBefore === asked.courierId)
    const shared = share(name, asked)
    let log: StoreLog | undefined
    let version = 0n
    let queue: readonly Delivery[] = []
    let told = 0
    let ended = false
    let wake: (() => void) | undefined

    async function fill(): Promise<void> {
      if (!log) {
        // the log first: what is committed behind its end is heard, whatever the snapshot sees
        log = await shared.opening
        const { first, version: from } = await begin(asked)
        queue = first
        version = from
        return
      }
      const more = log.behind(version) ?? (await log.page(version))
      const last = more.at(-1)
      told = 0
      queue = more.filter(wanted)
      if (last) version = last.version
      // what lies between is too old to be replayed
      else if (log.behind(version) === undefined) version = log.begin()
      else await somethingNew(log)
    }

    function somethingNew(inLog: StoreLog): Promise<void> {
      return new Promise(resolve => {
        const forget = inLog.whenMore(resolve)
        wake = () => {
          forget()
          resolve()
        }
        if (ended) wake()
      })
    }

    function end(): void {
      if (ended) return
      ended = true
      endings.delete(end)
      asked.signal?.removeEventListener('abort', end)
      wake?.()
      leave(name, shared)
    }

    async function next(): Promise<IteratorResult<Delivery>> {
      try {
        while (!ended && told >= queue.length) await fill()
      } catch (error) {
        end()
        throw error
      }
      const delivery = ended ? undefined : queue[told++]
      return delivery ? { done: false, value: delivery } : { done: true, value: undefined }
    }

    endings.add(end)
    if (asked.signal?.aborted) end()
    else asked.signal?.addEventListener('abort', end)
    return {
      next,
      async return() {
        end()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  return {
    follow,
    async start() {
      stopListening = await signals.listen((tenantId, storeId) => lookAt(`${tenantId} ${storeId}`))
      stopWatching = bus.onGap(() => {
        for (const name of logs.keys()) lookAt(name)
      })
    },
    async stop() {
      for (const end of [...endings]) end()
      stopWatching?.()
      await stopListening?.()
    },
  }
}
