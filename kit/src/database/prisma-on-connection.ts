import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'

/**
 * Prisma's adapter over one connection that is already ours, so that what Prisma writes lies in the same
 * transaction, and under the same tenant, as the prepared statements beside it. A transaction that Prisma opens by
 * itself (for a nested write) becomes a savepoint when one is open already.
 */
export function adapterOnConnection(client: pg.PoolClient, schema: string, inTransaction: () => boolean): PrismaPg {
  return new PrismaPg(new OneConnection(client, inTransaction), { schema })
}

class OneConnection extends pg.Pool {
  readonly #client: pg.PoolClient
  readonly #inTransaction: () => boolean
  #depth = 0

  constructor(client: pg.PoolClient, inTransaction: () => boolean) {
    super({ max: 1 })
    this.#client = client
    this.#inTransaction = inTransaction
    this.query = client.query.bind(client) as typeof this.query
    this.connect = (() => Promise.resolve(this.#lend())) as unknown as typeof this.connect
  }

  #lend() {
    const nested = this.#inTransaction()
    const savepoint = `prisma_${++this.#depth}`
    const words: Record<string, string> = nested
      ? {
          BEGIN: `SAVEPOINT ${savepoint}`,
          COMMIT: `RELEASE SAVEPOINT ${savepoint}`,
          ROLLBACK: `ROLLBACK TO SAVEPOINT ${savepoint}`,
        }
      : {}
    const query = (config: { text: string }, values?: unknown[]) =>
      this.#client.query({ ...config, text: words[config.text] ?? config.text } as pg.QueryConfig, values)
    return {
      query,
      on: () => {},
      removeListener: () => {},
      release: () => {
        this.#depth--
      },
    }
  }
}
