import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { SchemaEngine as Engine } from '@prisma/schema-engine-wasm'
import type pg from 'pg'

export type { Engine }

/** Prisma's schema engine, which is WebAssembly, over connections of ours. */
export interface EngineConnections {
  /** A pool with one connection: what the engine locks and sets must hold for all it does. */
  connect(): Promise<pg.Pool>
  /** The same for an empty database in which the engine builds a schema to look at. */
  connectShadow(): Promise<pg.Pool>
  /** The schema that holds the tables. */
  readonly schema: string
}

/** Runs work with an engine and closes every connection that the engine opened, which it never does by itself. */
export async function withSchemaEngine<T>(
  connections: EngineConnections,
  datamodels: [string, string][] | undefined,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine()
  const opened: pg.Pool[] = []
  const open = async (pool: pg.Pool): Promise<SqlDriverAdapter> => {
    opened.push(pool)
    return migrationAdapter(pool, connections.schema)
  }
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => open(await connections.connect()),
    connectToShadowDb: async () => open(await connections.connectShadow()),
  }
  try {
    const engine = await SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
    try {
      return await work(engine)
    } finally {
      engine.free()
    }
  } finally {
    await Promise.all(opened.map(pool => pool.end()))
  }
}

/** The part of WebAssembly's API that is used; Node's types leave it to the DOM library. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: Record<string, unknown>): Promise<{ instance: { exports: unknown } }>
}

let loading: Promise<{ SchemaEngine: typeof Engine }> | undefined

function loadEngine(): Promise<{ SchemaEngine: typeof Engine }> {
  loading ??= instantiate()
  return loading
}

/** The package's own entry imports its .wasm as a module, which Node 20 cannot: it is instantiated by hand. */
async function instantiate() {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'))
  const glue = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href)
  const bytes = readFileSync(join(folder, 'schema_engine_bg.wasm'))
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi }
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': withoutLastingTimers(glue) })
  const exports = instance.exports as { __wbindgen_start(): void }
  glue.__wbg_set_wasm(exports)
  exports.__wbindgen_start()
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (text: string) => console.error(text) } })
  return glue as { SchemaEngine: typeof Engine }
}

/** The engine limits its wait for a lock by a timer that it never clears: ten seconds in which no process could end. */
function withoutLastingTimers(glue: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(glue).filter(name => name.startsWith('__wbg_setTimeout_'))
  const setTimer = (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds >>> 0).unref()
  return { ...glue, ...Object.fromEntries(names.map(name => [name, setTimer])) }
}

const CHAR_OID = 18
const TEXT_OID = 25
const CHAR_MARK = '"char" '

/**
 * Prisma's adapter for pg is made for queries. For the engine it must also know the catalogue's type "char", which
 * a mark in the column's name carries past it, and run a migration as one script, where it would split functions
 * at their semicolons.
 */
async function migrationAdapter(pool: pg.Pool, schema: string): Promise<SqlDriverAdapter> {
  const plainQuery = pool.query.bind(pool)
  pool.query = (async (query: pg.QueryArrayConfig) => markCharColumns(await plainQuery(query))) as typeof pool.query
  const adapter = await new PrismaPg(pool, { schema }).connect()
  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    executeRaw: query => adapter.executeRaw(query),
    startTransaction: level => adapter.startTransaction(level),
    getConnectionInfo: () => adapter.getConnectionInfo(),
    dispose: () => adapter.dispose(),
    async queryRaw(query) {
      const result = await adapter.queryRaw(query)
      const isChar = result.columnNames.map(name => name.startsWith(CHAR_MARK))
      return {
        ...result,
        columnNames: result.columnNames.map((name, i) => (isChar[i] ? name.slice(CHAR_MARK.length) : name)),
        columnTypes: result.columnTypes.map((type, i) => (isChar[i] ? ColumnTypeEnum.Character : type)),
      }
    },
    async executeScript(script) {
      await adapter.executeRaw({ sql: script, args: [], argTypes: [] })
    },
  }
}

function markCharColumns(result: pg.QueryArrayResult): pg.QueryArrayResult {
  for (const field of result.fields ?? []) {
    if (field.dataTypeID !== CHAR_OID) continue
    field.dataTypeID = TEXT_OID
    field.name = CHAR_MARK + field.name
  }
  return result
}
