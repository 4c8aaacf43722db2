import pg from 'pg'
import { DatabaseError } from './database-error.ts'

const CONNECT_TIMEOUT_MS = 10_000

/** One connection for a piece of administration, closed when the work ends. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>, options = ''): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'tillgraph administration',
    options,
  })
  // A server that goes away breaks the query that runs, which is where it is reported.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw new DatabaseError(explainConnection(url, error))
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The same database server, another database. */
export function databaseUrl(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(database)}`
  return other.href
}

/** Where a URL points, without its password. */
export function describeUrl(url: string): string {
  const { hostname, port, pathname, username } = new URL(url)
  return `${decodeURIComponent(pathname.slice(1))} on ${hostname}:${port || '5432'} as ${decodeURIComponent(username)}`
}

function explainConnection(url: string, error: unknown): string {
  const { code, message } = error as { code?: string; message: string }
  const where = describeUrl(url)
  if (code === 'ECONNREFUSED') return `No PostgreSQL server answers for the database ${where}.`
  if (code === '28P01' || code === '28000')
    return `PostgreSQL refuses the sign-in to the database ${where}: ${message}.`
  if (code === '3D000') return `There is no database ${where}: create it first (CREATE DATABASE).`
  return `The database ${where} cannot be reached: ${message || code}.`
}
