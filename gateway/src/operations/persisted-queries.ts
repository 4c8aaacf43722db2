import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const QUERIES_MAX = 10_000
const CHARACTERS_MAX = 20_000_000

/** Automatic persisted queries: documents that clients have sent once and name by their hash from then on. */
export class PersistedQueries {
  readonly #queries = new LRUCache<string, string>({
    max: QUERIES_MAX,
    maxSize: CHARACTERS_MAX,
    sizeCalculation: query => query.length + 1,
  })

  get(hash: string): string | undefined {
    return this.#queries.get(hash)
  }

  set(hash: string, query: string): void {
    this.#queries.set(hash, query)
  }
}

export function hashOf(query: string): string {
  return createHash('sha256').update(query).digest('hex')
}
