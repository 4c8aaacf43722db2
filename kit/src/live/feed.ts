import type { Clock } from '../clock.ts'
import { refusal } from '../errors.ts'
import type { Bus } from '../events/bus.ts'
import type { Logger } from '../log.ts'
import { type LineLog, openLineLog } from './line-log.ts'
import type { LineSignals } from './line-signals.ts'
import { type LineSource, lineName, type Snapshot, type VersionLine } from './version-line.ts'

const FOLLOWERS_MOST = 20_000
export const REPLAY_HOURS = 24
/** More than this is told as each thing once, as it is. */
const REPLAY_CHANGES_MOST = 50_000n

export interface Follow<What> extends VersionLine {
  readonly what: What
  /** The version last seen. */
  readonly after: bigint | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * Things as they change: what there is first, then each change, in the order of their line, each once. Only what is
 * committed is told. Who reads slowly holds up nobody: everybody has a place in the same log, and pulls.
 */
export interface Feed<Change, What> {
  start(): Promise<void>
  stop(): Promise<void>
  follow(follow: Follow<What>): AsyncIterableIterator<Change>
}

export interface FeedOptions<Change, What> {
  readonly source: LineSource<Change, What>
  readonly bus: Bus
  readonly signals: LineSignals
  readonly clock: Clock
  readonly log: Logger
}

/** A line's log, and how many follow it or are about to. */
interface SharedLog<Change> {
  readonly opening: Promise<LineLog<Change>>
  followers: number
}

export function createFeed<Change, What>(options: FeedOptions<Change, What>): Feed<Change, What> {
  const { source, bus, signals, clock } = options
  const logs = new Map<string, SharedLog<Change>>()
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

  function share(name: string, line: VersionLine): SharedLog<Change> {
    let shared = logs.get(name)
    if (!shared) {
      const opening = source.readEnd(line).then(end => openLineLog(source, line, end, options.log))
      shared = { opening, followers: 0 }
      logs.set(name, shared)
    }
    shared.followers++
    return shared
  }

  function leave(name: string, shared: SharedLog<Change>): void {
    shared.followers--
    if (shared.followers > 0) return
    if (logs.get(name) === shared) logs.delete(name)
    shared.opening.then(
      log => log.close(),
      () => {},
    )
  }

  /** Where to begin, and what to tell before. */
  async function begin({ what, after, ...line }: Follow<What>): Promise<Snapshot<Change>> {
    if (after === undefined || after <= 0n) return source.readSnapshot(line, what, 0n)
    const end = await source.readEnd(line)
    if (after === end) return { first: [], end }
    // a version that this line has not reached yet is none of its own: all is told anew
    if (after > end) return source.readSnapshot(line, what, 0n)
    const next = await source.readInstant(line, after + 1n)
    const replayable = next !== undefined && next.getTime() > clock.now().getTime() - REPLAY_HOURS * 3_600_000
    if (replayable && end - after <= REPLAY_CHANGES_MOST) return { first: [], end: after }
    return source.readSnapshot(line, what, after)
  }

  function follow(asked: Follow<What>): AsyncIterableIterator<Change> {
    if (endings.size >= FOLLOWERS_MOST)
      throw refusal('TOO_MANY_REQUESTS', 'Too many follow changes here; try again in a moment.')
    const name = lineName(asked)
    const wanted = source.tells(asked.what)
    const shared = share(name, { tenantId: asked.tenantId, lineId: asked.lineId })
    let log: LineLog<Change> | undefined
    let version = 0n
    let queue: readonly Change[] = []
    let told = 0
    let ended = false
    let wake: (() => void) | undefined

    async function fill(): Promise<void> {
      if (!log) {
        // the log first: what is committed behind its end is heard, whatever the snapshot sees
        log = await shared.opening
        const { first, end: from } = await begin(asked)
        queue = first
        version = from
        return
      }
      const more = log.behind(version) ?? (await log.page(version))
      const last = more.at(-1)
      told = 0
      queue = more.filter(wanted)
      if (last !== undefined) version = source.versionOf(last)
      // what lies between is too old to be replayed
      else if (log.behind(version) === undefined) version = log.begin()
      else await somethingNew(log)
    }

    function somethingNew(inLog: LineLog<Change>): Promise<void> {
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

    async function next(): Promise<IteratorResult<Change>> {
      try {
        while (!ended && told >= queue.length) await fill()
      } catch (error) {
        end()
        throw error
      }
      const change = ended ? undefined : queue[told++]
      return change === undefined ? { done: true, value: undefined } : { done: false, value: change }
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
      stopListening = await signals.listen((tenantId, lineId) => lookAt(lineName({ tenantId, lineId })))
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
