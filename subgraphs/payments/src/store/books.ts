import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Transfer } from '../domain/books.ts'

const POST = sql('select post_transfers($1, $2, $3::jsonb)')

/** Posts transfers and moves the balances of their accounts, in one statement: all of them or none. */
export async function postTransfers(session: Session, now: Date, transfers: readonly Transfer[]): Promise<void> {
  if (transfers.length === 0) return
  await session.query(POST, [session.tenantId, now, JSON.stringify(transfers, bigintAsText)])
}

export function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
