import type { SqlValue, Statement } from './statement.ts'

/**
 * One connection, bound to one tenant, for the time of one piece of work. Everything it reads and writes is
 * that tenant's, by row-level security, whatever the statement says.
 */
export interface Session<Prisma = unknown> {
  readonly tenantId: string
  /** Runs a prepared statement and gives its rows. */
  query<Row>(statement: Statement<Row>, values?: readonly SqlValue[]): Promise<Row[]>
  /** Runs a prepared statement and gives how many rows it touched: the winner of a guarded change sees 1. */
  execute(statement: Statement<unknown>, values?: readonly SqlValue[]): Promise<number>
  /** Prisma over this very connection: in `write`, its statements belong to the same transaction. */
  readonly prisma: Prisma
  /**
   * Runs once what was done here is committed, and never when it is undone: the place for signals to others. It must
   * not throw. In `read`, it runs when the work has ended well.
   */
  afterCommit(run: () => void): void
}

/** A subgraph's own database schema, reached only with a tenant in hand. */
export interface Database<Prisma = unknown> {
  /** Work that only reads; each statement sees the database as it is then. */
  read<T>(tenantId: string, work: (session: Session<Prisma>) => Promise<T>): Promise<T>
  /** One transaction: all of it or nothing. Run again from the start when it lost against a concurrent one. */
  write<T>(tenantId: string, work: (session: Session<Prisma>) => Promise<T>): Promise<T>
  /** One statement by itself, the cheapest way: no transaction around it but its own. */
  query<Row>(tenantId: string, statement: Statement<Row>, values?: readonly SqlValue[]): Promise<Row[]>
  /**
   * A statement before the tenant is known (sign-in, token exchange). Row-level security hides every row, so
   * that only a SECURITY DEFINER function of the schema can answer.
   */
  beforeTenant<Row>(statement: Statement<Row>, values?: readonly SqlValue[]): Promise<Row[]>
  /** Throws when the database cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}
