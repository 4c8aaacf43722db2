import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { TrustedOperations } from './trusted-operations.ts'

const QUERIES_MAX = 10_000
const CHARACTERS_MAX = 5_000_000

/** Automatic persisted queries: documents that clients have sent once and name by their hash from then on. */
export class PersistedQueries {
  readonly #trusted: TrustedOperations | undefined
  readonly #queries = new LRUCache<string, string>({
    max: QUERIES_MAX,
    maxSize: CHARACTERS_MAX,
    sizeCalculation: query => query.length + 1,
  })

  constructor(trusted?: TrustedOperations) {
    this.#trusted = trusted
  }

  /** Whether clients are to send what is not known, as the protocol has it. */
  get takesMore(): boolean {
    return this.#trusted?.only !== true
  }

  get(hash: string): string | undefined {
    return this.#trusted?.textOf(hash) ?? this.#queries.get(hash)
  }

  set(hash: string, query: string): void {
    if (this.takesMore && this.#trusted?.textOf(hash) === undefined) this.#queries.set(hash, query)
  }
}

export function hashOf(query: string): string {
  return createHash('sha256').update(query).digest('hex')
}
