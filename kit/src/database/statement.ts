import { createHash } from 'node:crypto'

/** What may stand behind a `$n`. bigint and Date are encoded by the driver; objects become jsonb. */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null | readonly SqlValue[] | object

/** One SQL text that each connection prepares once. `Row` is what a row of its answer looks like. */
export interface Statement<Row> {
  readonly name: string
  readonly text: string
  /** Never set; carries the row's type. */
  readonly row?: Row
}

/** Names a statement after its text, so that two statements can never share a name on a connection. */
export function sql<Row = Record<string, never>>(text: string): Statement<Row> {
  return { name: createHash('sha256').update(text).digest('base64url').slice(0, 22), text }
}
