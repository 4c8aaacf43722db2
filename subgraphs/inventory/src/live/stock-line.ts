import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import { type Feed, REPLAY_HOURS } from '@tillgraph/kit/live/feed'
import type { LineSource, VersionLine } from '@tillgraph/kit/live/version-line'
import { type Stock, untouchedStock } from '../domain/stock.ts'
import { readLedger, readLedgerEnd, readSnapshot, readVersionInstant } from '../store/ledger.ts'

export const STOCK_CHANNEL = 'inventory.stock'
const SNAPSHOT_PRODUCTS_MOST = 10_000
/** A movement of a transaction that began this long before the newest one has long been committed or undone. */
const CLOCK_SKEW_MS = 3_600_000

/** What somebody follows of a store: all of its products or some, or only which of them are low. */
export interface FollowedStock {
  readonly productIds: readonly string[] | undefined
  readonly lowOnly: boolean
}

/** Stocks as they change, in the order of their store's ledger. */
export type StockFeed = Feed<Stock, FollowedStock>

export function stockLine(database: Database, clock: Clock): LineSource<Stock, FollowedStock> {
  async function snapshot({ tenantId, lineId }: VersionLine, after: bigint, which: 'all' | 'low' | readonly string[]) {
    const found = await readSnapshot(database, tenantId, lineId, after, which, SNAPSHOT_PRODUCTS_MOST + 1)
    if (found.stocks.length > SNAPSHOT_PRODUCTS_MOST)
      throw refusal(
        'BAD_USER_INPUT',
        `More than ${SNAPSHOT_PRODUCTS_MOST} products would be told at once: name productIds, or begin after inventorySummary.version.`,
      )
    return { first: found.stocks, end: found.end }
  }

  return {
    readEnd: ({ tenantId, lineId }) => readLedgerEnd(database, tenantId, lineId),
    readInstant: ({ tenantId, lineId }, version) => readVersionInstant(database, tenantId, lineId, version),
    readBehind({ tenantId, lineId }, version, most) {
      const since = new Date(clock.now().getTime() - REPLAY_HOURS * 3_600_000 - CLOCK_SKEW_MS)
      return readLedger(database, tenantId, lineId, version, since, most)
    },
    async readSnapshot(line, { productIds, lowOnly }, after) {
      if (after > 0n) return snapshot(line, after, productIds ?? 'all')
      const { first, end } = await snapshot(line, 0n, productIds ?? (lowOnly ? 'low' : 'all'))
      const told = new Set(first.map(({ productId }) => productId))
      const untouched = (productIds ?? []).filter(id => !told.has(id)).map(id => untouchedStock(line.lineId, id))
      return { first: [...untouched, ...first], end }
    },
    versionOf: ({ version }) => version,
    tells({ productIds, lowOnly }) {
      const products = productIds && new Set(productIds)
      return stock => (!products || products.has(stock.productId)) && (!lowOnly || stock.movement?.turned === true)
    },
  }
}
