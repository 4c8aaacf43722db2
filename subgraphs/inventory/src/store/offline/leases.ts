import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { LeaseState, StockLease } from '../../domain/offline/stock-lease.ts'
import { arrayText } from '../array-text.ts'

interface LeaseRow extends Omit<StockLease, 'lines'> {
  readonly state: LeaseState
  readonly productIds: readonly string[]
  readonly quantities: readonly string[]
  readonly sold: readonly string[]
}

const COLUMNS = `
  id, store_id as "storeId", register_id as "registerId", state, fingerprint, product_ids::text[] as "productIds",
  quantities::text[] as quantities, sold::text[] as sold, expires_at as "expiresAt", created_at as "createdAt",
  created_by as "createdBy", ended_at as "endedAt"`

function readRow({ productIds, quantities, sold, ...lease }: LeaseRow): StockLease {
  return {
    ...lease,
    lines: productIds.map((productId, index) => ({
      productId,
      quantity: BigInt(quantities[index] ?? 0),
      sold: BigInt(sold[index] ?? 0),
    })),
  }
}

const BY_IDS = sql<LeaseRow>(`select ${COLUMNS} from stock_lease where tenant_id = $1 and id = any($2::uuid[])`)

export async function loadLeases(session: Session, ids: readonly string[]): Promise<StockLease[]> {
  return (await session.query(BY_IDS, [session.tenantId, arrayText(ids)])).map(readRow)
}

/** A lease, to whoever only looks. */
export async function findLease(database: Database, tenantId: string, id: string): Promise<StockLease | undefined> {
  return (await database.query(tenantId, BY_IDS, [tenantId, [id]])).map(readRow)[0]
}

const COUNT = sql<{ active: bigint }>(`
  select count(*) as active from stock_lease where tenant_id = $1 and register_id = $2 and state = 'ACTIVE'`)

export async function countActiveLeases(session: Session, registerId: string): Promise<number> {
  const [row] = await session.query(COUNT, [session.tenantId, registerId])
  return Number(row?.active ?? 0)
}

const SAVE = sql(`
  insert into stock_lease as l (tenant_id, id, store_id, register_id, state, fingerprint, product_ids, quantities, sold,
    expires_at, created_at, created_by, ended_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  on conflict (tenant_id, id) do update set state = excluded.state, sold = excluded.sold,
    expires_at = excluded.expires_at, ended_at = excluded.ended_at
  where l.state = 'ACTIVE'`)

/** A new lease, or what has changed of one, whose store's ledger is held. */
export async function saveLease(session: Session, lease: StockLease): Promise<void> {
  const { lines } = lease
  const saved = await session.execute(SAVE, [
    ...[session.tenantId, lease.id, lease.storeId, lease.registerId, lease.state, lease.fingerprint],
    ...[arrayText(lines.map(({ productId }) => productId)), arrayText(lines.map(({ quantity }) => quantity))],
    ...[arrayText(lines.map(({ sold }) => sold)), lease.expiresAt, lease.createdAt, lease.createdBy, lease.endedAt],
  ])
  if (saved !== 1) throw new Error('A lease that has ended does not change')
}

export type LeasePlace = [createdAt: string, id: string]

const list = (narrowed: string) =>
  sql<LeaseRow>(`
    select ${COLUMNS} from stock_lease where tenant_id = $1 and store_id = $2 ${narrowed}
      and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
    order by created_at desc, id desc limit $5`)

const ALL = list('')
const OF_REGISTER = list('and register_id = $6')

/** A page of a store's or a till's leases and one more, the newest first. */
export async function listLeases(
  database: Database,
  tenantId: string,
  storeId: string,
  registerId: string | undefined,
  page: PageRequest<LeasePlace>,
): Promise<StockLease[]> {
  const values = [tenantId, storeId, page.after?.[0] ?? null, page.after?.[1] ?? null, page.first + 1]
  const rows =
    registerId === undefined
      ? await database.query(tenantId, ALL, values)
      : await database.query(tenantId, OF_REGISTER, [...values, registerId])
  return rows.map(readRow)
}
