import { setTimeout as sleep } from 'node:timers/promises'
import { isUuid } from '@tillgraph/rules/uuid'
import pg from 'pg'
import { lostAgainstAnother } from './constraint.ts'
import { adapterOnConnection } from './prisma-on-connection.ts'
import type { Database, Session } from './session.ts'
import { type SqlValue, type Statement, sql } from './statement.ts'

const CONNECTIONS = 10
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 15_000
const LOCK_TIMEOUT_MS = 5_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
const IDLE_CONNECTION_MS = 60_000
const WRITE_TRIES = 4
/** Before a lost transaction is run again, so that the one it lost against gets on; twice as long each time. */
const RETRY_FIRST_MS = 10

export interface DatabaseOptions<Prisma> {
  /** Where to connect, as the subgraph's application role. */
  readonly url: string
  /** The subgraph's schema. */
  readonly schema: string
  /** Makes a Prisma client over an adapter; called once for each connection that is asked for Prisma. */
  readonly prisma: (adapter: ReturnType<typeof adapterOnConnection>) => Prisma
  /** Connections at the most. Default 10. */
  readonly connections?: number
  /**
   * 'generic' plans each prepared statement once, without looking at its values. What is known of values misleads for a
   * tenant that came after the last ANALYZE (docs/adr/0073), but an optional filter must then be a statement of its own.
   * Default 'automatic', which is Postgres's own choice.
   */
  readonly plans?: 'generic' | 'automatic'
}

/** What a connection remembers between two pieces of work. */
interface Connection<Prisma> {
  /** The tenant that row-level security sees; '' shows nothing, undefined is not known and must be bound anew. */
  tenant: string | undefined
  inTransaction: boolean
  prisma: Prisma | undefined
}

const BIND = sql("select set_config('tillgraph.tenant', $1, false)")

/** Whole numbers of Postgres arrive as bigint, dates and numerics as the text they are, never as a float. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8) return BigInt
    if (oid === pg.types.builtins.DATE || oid === pg.types.builtins.NUMERIC) return String
    return pg.types.getTypeParser(oid, format as 'text')
  },
} as pg.CustomTypesConfig

/**
 * A schema on Postgres whose connections are bound to a tenant when they are handed out. The binding travels in
 * the same packet as the first statement (the driver pipelines), and a connection that last served the same
 * tenant needs none, so the second lock costs no round trip.
 */
export function connectDatabase<Prisma>(options: DatabaseOptions<Prisma>): Database<Prisma> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    application_name: `tillgraph ${options.schema}`,
    pipeline: true,
    types,
    options: [
      `-c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      `-c lock_timeout=${LOCK_TIMEOUT_MS}`,
      `-c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
      ...(options.plans === 'generic' ? ['-c plan_cache_mode=force_generic_plan'] : []),
    ].join(' '),
  } as pg.PoolConfig)
  // a connection that breaks is replaced at the next use; whoever used it got the error with the statement
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  const connections = new WeakMap<pg.PoolClient, Connection<Prisma>>()

  function stateOf(client: pg.PoolClient): Connection<Prisma> {
    let state = connections.get(client)
    if (!state) {
      state = { tenant: '', inTransaction: false, prisma: undefined }
      connections.set(client, state)
    }
    return state
  }

  /** Binds the tenant without waiting; the answer must be awaited before any result of the work is believed. */
  function bind(client: pg.PoolClient, state: Connection<Prisma>, tenantId: string): Promise<unknown> | undefined {
    if (state.tenant === tenantId) return undefined
    state.tenant = tenantId
    const bound = run(client, BIND, [tenantId])
    bound.catch(() => {
      state.tenant = undefined
    })
    return bound
  }

  function sessionOn(client: pg.PoolClient, tenantId: string, afterwards: (() => void)[]): Session<Prisma> {
    const state = stateOf(client)
    return {
      tenantId,
      afterCommit(run) {
        afterwards.push(run)
      },
      async query<Row>(statement: Statement<Row>, values: readonly SqlValue[] = []) {
        return (await run(client, statement, values)).rows as Row[]
      },
      async execute(statement, values = []) {
        return (await run(client, statement, values)).rowCount ?? 0
      },
      get prisma() {
        state.prisma ??= options.prisma(adapterOnConnection(client, options.schema, () => state.inTransaction))
        return state.prisma
      },
    }
  }

  async function inTransaction<T>(tenantId: string, work: (session: Session<Prisma>) => Promise<T>): Promise<T> {
    const afterwards: (() => void)[] = []
    const result = await committed(tenantId, work, afterwards)
    runAll(afterwards)
    return result
  }

  async function committed<T>(
    tenantId: string,
    work: (session: Session<Prisma>) => Promise<T>,
    afterwards: (() => void)[],
  ): Promise<T> {
    const client = await pool.connect()
    const state = stateOf(client)
    let broken: Error | undefined
    try {
      const bound = bind(client, state, tenantId)
      const begun = client.query('BEGIN')
      begun.catch(() => {})
      state.inTransaction = true
      try {
        const result = await work(sessionOn(client, tenantId, afterwards))
        await bound
        await begun
        const { command } = await client.query('COMMIT')
        if (command !== 'COMMIT') throw new Error('A statement of this work had failed, so all of it was undone')
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch(failure => {
          broken = failure
        })
        throw error
      }
    } finally {
      state.inTransaction = false
      client.release(broken)
    }
  }

  async function onConnection<T>(tenantId: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    try {
      const bound = bind(client, stateOf(client), tenantId)
      const result = await work(client)
      await bound
      return result
    } finally {
      client.release()
    }
  }

  return {
    async read(tenantId, work) {
      requireTenant(tenantId)
      const afterwards: (() => void)[] = []
      const result = await onConnection(tenantId, client => work(sessionOn(client, tenantId, afterwards)))
      runAll(afterwards)
      return result
    },
    async write(tenantId, work) {
      requireTenant(tenantId)
      for (let tried = 1; ; tried++) {
        try {
          return await inTransaction(tenantId, work)
        } catch (error) {
          if (tried === WRITE_TRIES || !lostAgainstAnother(error)) throw error
          await sleep(RETRY_FIRST_MS * 2 ** (tried - 1) * (1 + Math.random()))
        }
      }
    },
    query<Row>(tenantId: string, statement: Statement<Row>, values: readonly SqlValue[] = []) {
      requireTenant(tenantId)
      return onConnection(tenantId, async client => (await run(client, statement, values)).rows as Row[])
    },
    beforeTenant<Row>(statement: Statement<Row>, values: readonly SqlValue[] = []) {
      return onConnection('', async client => (await run(client, statement, values)).rows as Row[])
    },
    async check() {
      await pool.query('select 1')
    },
    close: () => pool.end(),
  }
}

function run(client: pg.PoolClient, statement: Statement<unknown>, values: readonly SqlValue[]) {
  return client.query({ name: statement.name, text: statement.text, values: values as unknown[] })
}

/** What was committed stays so, whatever happens to the signals about it. */
function runAll(afterwards: readonly (() => void)[]): void {
  for (const run of afterwards) {
    try {
      run()
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }
}

function requireTenant(tenantId: string): void {
  if (!isUuid(tenantId)) throw new Error('Work on the database needs the id of its tenant')
}
