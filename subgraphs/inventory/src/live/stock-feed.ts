import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import type { Bus } from '@tillgraph/kit/events/bus'
import type { Logger } from '@tillgraph/kit/log'
import { type Stock, untouchedStock } from '../domain/stock.ts'
import { readLedgerEnd, readSnapshot, readVersionInstant } from '../store/ledger.ts'
import type { StockSignals } from './stock-signals.ts'
import { openStoreLog, type StoreLog } from './store-log.ts'

const FOLLOWERS_MOST = 20_000
const SNAPSHOT_PRODUCTS_MOST = 10_000
const REPLAY_HOURS = 24
/** More than this is told as each product once, as it is. */
const REPLAY_MOVEMENTS_MOST = 50_000n

/** What somebody follows: one store, all of its products or some, or only which of them are low. */
export interface Follow {
  readonly tenantId: string
  readonly storeId: string
  readonly productIds: readonly string[] | undefined
  readonly lowOnly: boolean
  /** The version last seen. */
  readonly after: bigint | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * Stocks as they change: what is there first, then each change, in the order of the store's ledger, each once. Only
 * what is committed is told. Who reads slowly holds up nobody: everybody has a place in the same log, and pulls.
 */
export interface StockFeed {
  start(): Promise<void>
  stop(): Promise<void>
  follow(follow: Follow): AsyncIterableIterator<Stock>
}

export interface StockFeedOptions {
  readonly database: Database
  readonly bus: Bus
  readonly signals: StockSignals
  readonly clock: Clock
  readonly log: Logger
}

/** A store's log, and how many follow it or are about to. */
interface SharedLog {
  readonly opening: Promise<StoreLog>
  followers: number
}

export function createStockFeed(options: StockFeedOptions): StockFeed {
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
      const opening = readLedgerEnd(database, tenantId, storeId).then(end =>
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
  async function begin(follow: Follow): Promise<{ first: readonly Stock[]; version: bigint }> {
    const { tenantId, storeId, productIds, lowOnly, after } = follow
    if (after !== undefined && after > 0n) {
      const end = await readLedgerEnd(database, tenantId, storeId)
      if (after === end) return { first: [], version: after }
      const next = after < end ? await readVersionInstant(database, tenantId, storeId, after + 1n) : undefined
      const replayable = next !== undefined && next.getTime() > clock.now().getTime() - REPLAY_HOURS * 3_600_000
      if (replayable && end - after <= REPLAY_MOVEMENTS_MOST) return { first: [], version: after }
      // a version that this ledger has not reached yet is none of its own: all is told anew
      if (after < end) return snapshot(follow, after, productIds ?? 'all')
    }
    const { first, version } = await snapshot(follow, 0n, productIds ?? (lowOnly ? 'low' : 'all'))
    const told = new Set(first.map(({ productId }) => productId))
    const untouched = (productIds ?? []).filter(id => !told.has(id)).map(id => untouchedStock(storeId, id))
    return { first: [...untouched, ...first], version }
  }

  async function snapshot(follow: Follow, version: bigint, which: 'all' | 'low' | readonly string[]) {
    const { tenantId, storeId } = follow
    const found = await readSnapshot(database, tenantId, storeId, version, which, SNAPSHOT_PRODUCTS_MOST + 1)
    if (found.stocks.length > SNAPSHOT_PRODUCTS_MOST)
      throw refusal(
        'BAD_USER_INPUT',
        `More than ${SNAPSHOT_PRODUCTS_MOST} products would be told at once: name productIds, or begin after inventorySummary.version.`,
      )
    return { first: found.stocks, version: found.end }
  }

  function follow(asked: Follow): AsyncIterableIterator<Stock> {
    if (endings.size >= FOLLOWERS_MOST)
      throw refusal('TOO_MANY_REQUESTS', 'Too many follow the stock here; try again in a moment.')
    const name = `${asked.tenantId} ${asked.storeId}`
    const products = asked.productIds && new Set(asked.productIds)
    const wanted = (stock: Stock) =>
      (!products || products.has(stock.productId)) && (!asked.lowOnly || stock.movement?.turned === true)
    const shared = share(name, asked)
    let log: StoreLog | undefined
    let version = 0n
    let queue: readonly Stock[] = []
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

    async function next(): Promise<IteratorResult<Stock>> {
      try {
        while (!ended && told >= queue.length) await fill()
      } catch (error) {
        end()
        throw error
      }
      const stock = ended ? undefined : queue[told++]
      return stock ? { done: false, value: stock } : { done: true, value: undefined }
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
