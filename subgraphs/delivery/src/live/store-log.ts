import type { Database } from '@tillgraph/kit/database/session'
import type { Logger } from '@tillgraph/kit/log'
import type { Delivery } from '../domain/delivery.ts'
import { readChanges } from '../store/changes.ts'

const PAGE = 500
/** What followers can read without asking the database; who lags further behind reads there. */
const RECENT_MOST = 4_000
/** How soon a change is seen whose signal was lost. */
const LOOK_AGAIN_MS = 3_000

/** The latest changes of one store's deliveries, read once for all who follow them here. */
export interface StoreLog {
  /** Behind which version everything is at hand. */
  begin(): bigint
  /** Everything behind a version; undefined where that reaches too far back. */
  behind(version: bigint): readonly Delivery[] | undefined
  /** Reads what there is behind a version from the database, a page at the most. */
  page(version: bigint): Promise<Delivery[]>
  /** Something may have changed: reads it, and wakes whoever waits. */
  look(): void
  /** Calls back once, when there is something new. */
  whenMore(wake: () => void): () => void
  close(): void
}

export function openStoreLog(
  options: { readonly database: Database; readonly log: Logger },
  tenantId: string,
  storeId: string,
  end: bigint,
): StoreLog {
  const { database } = options
  const waiting = new Set<() => void>()
  let recent: Delivery[] = []
  let begin = end
  let last = end
  let reading = false
  let again = false
  let closed = false
  const timer = setInterval(look, LOOK_AGAIN_MS)

  const page = (version: bigint) => readChanges(database, tenantId, storeId, version, PAGE)

  function keep(more: readonly Delivery[]): void {
    recent.push(...more)
    last = more.at(-1)?.version ?? last
    if (recent.length > RECENT_MOST) {
      const dropped = recent.slice(0, recent.length - RECENT_MOST / 2)
      begin = dropped.at(-1)?.version ?? begin
      recent = recent.slice(dropped.length)
    }
    for (const wake of [...waiting]) wake()
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
      .catch(error => options.log.warn({ err: error, storeId }, 'the changes of a store cannot be read at the moment'))
      .finally(() => {
        reading = false
      })
  }

  return {
    begin: () => begin,
    behind(version) {
      if (version < begin) return undefined
      // versions have no gaps, so the place is known
      return recent.slice(Number(version - begin))
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
