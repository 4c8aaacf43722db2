import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import type { Logger } from '@tillgraph/kit/log'
import type { Stock } from '../domain/stock.ts'
import { readLedger } from '../store/ledger.ts'

const PAGE = 500
/** What followers can read without asking the database; who lags further behind reads there. */
const RECENT_MOST = 4_000
/** How soon a change is seen whose signal was lost. */
const LOOK_AGAIN_MS = 3_000
/** A movement of a transaction that began this long before the newest one has long been committed or undone. */
const CLOCK_SKEW_MS = 3_600_000

/** The newest part of one store's ledger, read once for all who follow it here. */
export interface StoreLog {
  /** Behind which version everything is at hand. */
  begin(): bigint
  /** Everything behind a version; undefined where that reaches too far back. */
  behind(version: bigint): readonly Stock[] | undefined
  /** Reads what there is behind a version from the database, a page at the most. */
  page(version: bigint): Promise<Stock[]>
  /** Something may have changed: reads it, and wakes whoever waits. */
  look(): void
  /** Calls back once, when there is something new. */
  whenMore(wake: () => void): () => void
  close(): void
}

export function openStoreLog(
  options: { readonly database: Database; readonly clock: Clock; readonly log: Logger },
  tenantId: string,
  storeId: string,
  end: bigint,
): StoreLog {
  const { database, clock } = options
  const waiting = new Set<() => void>()
  let recent: Stock[] = []
  let begin = end
  let last = end
  let reading = false
  let again = false
  let closed = false
  const timer = setInterval(look, LOOK_AGAIN_MS)

  const since = () => new Date(clock.now().getTime() - 24 * 3_600_000 - CLOCK_SKEW_MS)
  const page = (version: bigint) => readLedger(database, tenantId, storeId, version, since(), PAGE)

  function keep(more: readonly Stock[]): void {
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
      .catch(error => options.log.warn({ err: error, storeId }, 'the ledger of a store cannot be read at the moment'))
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
