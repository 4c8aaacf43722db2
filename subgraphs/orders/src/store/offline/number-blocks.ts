import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { NumberBlock } from '../../domain/offline/number-block.ts'

const COLUMNS = `
  id, store_id as "storeId", register_id as "registerId", first, last, used, taken_by as "takenBy", taken_at as "takenAt"`

const LOCK = sql<{ next: bigint }>(`
  insert into number_counter as c (tenant_id, store_id) values ($1, $2)
  on conflict (tenant_id, store_id) do update set next = c.next returning next`)

/** The number that comes next in a store; nobody else takes one until the transaction ends. */
export async function lockCounter(session: Session, storeId: string): Promise<bigint> {
  const [row] = await session.query(LOCK, [session.tenantId, storeId])
  if (!row) throw new Error('A counter always counts')
  return row.next
}

const ADVANCE = sql('update number_counter set next = $3 where tenant_id = $1 and store_id = $2')

const INSERT = sql(`
  insert into number_block (tenant_id, id, store_id, register_id, first, last, taken_by, taken_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`)

/** Gives a block out: the counter, which is locked, goes on behind it. */
export async function insertBlock(session: Session, block: NumberBlock): Promise<void> {
  const { id, storeId, registerId, first, last, takenBy, takenAt } = block
  await session.execute(ADVANCE, [session.tenantId, storeId, last + 1n])
  await session.execute(INSERT, [session.tenantId, id, storeId, registerId, first, last, takenBy, takenAt])
}

const BY_ID = sql<NumberBlock>(`select ${COLUMNS} from number_block where tenant_id = $1 and id = $2`)

export async function findBlock(session: Session, id: string): Promise<NumberBlock | undefined> {
  return (await session.query(BY_ID, [session.tenantId, id]))[0]
}

const UNUSED = sql<{ unused: string }>(`
  select coalesce(sum(last - first + 1 - used), 0)::text as unused
  from number_block where tenant_id = $1 and register_id = $2`)

/** How many numbers a till holds that stand on no order yet. */
export async function countUnused(session: Session, registerId: string): Promise<bigint> {
  const [row] = await session.query(UNUSED, [session.tenantId, registerId])
  return BigInt(row?.unused ?? 0)
}

export type BlockPlace = [first: string]

const LIST = sql<NumberBlock>(`
  select ${COLUMNS} from number_block where tenant_id = $1 and register_id = $2 and first < $3
  order by first desc limit $4`)

const BEHIND_ALL = 2n ** 62n

/** A page of a till's blocks and one more, the newest first. */
export function listBlocks(database: Database, tenantId: string, registerId: string, page: PageRequest<BlockPlace>) {
  const before = page.after ? BigInt(page.after[0]) : BEHIND_ALL
  return database.query(tenantId, LIST, [tenantId, registerId, before, page.first + 1])
}
