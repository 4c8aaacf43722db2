import type { Logger } from '../log.ts'
import type { LineSource, VersionLine } from './version-line.ts'

const PAGE = 500
/** What followers can read without asking the database; who lags further behind reads there. */
const RECENT_MOST = 4_000
/** How soon a change is seen whose signal was lost. */
const LOOK_AGAIN_MS = 3_000

/** The newest part of a line, read once for all who follow it here. */
export interface LineLog<Change> {
  /** Behind which version everything is at hand. */
  begin(): bigint
  /** Everything behind a version; undefined where that reaches too far back. */
  behind(version: bigint): readonly Change[] | undefined
  /** Reads what there is behind a version from the database, a page at the most. */
  page(version: bigint): Promise<Change[]>
  /** Something may have changed: reads it, and wakes whoever waits. */
  look(): void
  /** Calls back once, when there is something new. */
  whenMore(wake: () => void): () => void
  close(): void
}

export function openLineLog<Change, What>(
  source: LineSource<Change, What>,
  line: VersionLine,
  end: bigint,
  log: Logger,
): LineLog<Change> {
  const waiting = new Set<() => void>()
  let recent: Change[] = []
  let begin = end
  let last = end
  let reading = false
  let again = false
  let closed = false
  const timer = setInterval(look, LOOK_AGAIN_MS)

  const page = (version: bigint) => source.readBehind(line, version, PAGE)

  function versionBehind(changes: readonly Change[], otherwise: bigint): bigint {
    const change = changes.at(-1)
    return change === undefined ? otherwise : source.versionOf(change)
  }

  function keep(more: readonly Change[]): void {
    recent.push(...more)
    last = versionBehind(more, last)
    if (recent.length > RECENT_MOST) {
      const dropped = recent.slice(0, recent.length - RECENT_MOST / 2)
      begin = versionBehind(dropped, begin)
      recent = recent.slice(dropped.length)
    }
    for (const wake of [...waiting]) wake()
  }

  /** Where among the recent ones those behind a version begin. */
  function placeBehind(version: bigint): number {
    let low = 0
    let high = recent.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const change = recent[middle]
      if (change !== undefined && source.versionOf(change) <= version) low = middle + 1
      else high = middle
    }
    return low
  }

  async function read(): Promise<void> {
    for (;;) {
      again = false
      const more = await page(last)
      if (closed) return
      if (more.length > 0) keep(more)
      if (more.length < PAGE && !again) return
    }
  }

  function look(): void {
    again = true
    if (reading || closed) return
    reading = true
    read()
      .catch(error => log.warn({ err: error, line: line.lineId }, 'changes cannot be read at the moment'))
      .finally(() => {
        reading = false
      })
  }

  return {
    begin: () => begin,
    behind(version) {
      if (version < begin) return undefined
      return recent.slice(placeBehind(version))
    },
    page,
    look,
    whenMore(wake) {
      const once = () => {
        waiting.delete(once)
        wake()
      }
      waiting.add(once)
      return () => waiting.delete(once)
    },
    close() {
      closed = true
      clearInterval(timer)
    },
  }
}
