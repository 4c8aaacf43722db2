import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { DrawerSession } from '../domain/drawer.ts'

const COLUMNS = `id, store_id as "storeId", register_id as "registerId", number, state, currency, float,
  opened_by as "openedBy", opened_at as "openedAt", counted, counted_at as "countedAt", expected,
  closed_by as "closedBy", closed_at as "closedAt", note`

const BY_ID = sql<DrawerSession>(`select ${COLUMNS} from drawer_session where tenant_id = $1 and id = any($2::uuid[])`)

const OPEN_AT = sql<DrawerSession>(`
  select ${COLUMNS} from drawer_session where tenant_id = $1 and register_id = $2 and state = 'OPEN'`)

const SHARE_OPEN_AT = sql<{ id: string }>(`
  select id from drawer_session
  where tenant_id = $1 and register_id = $2 and store_id = $3 and state = 'OPEN' for key share`)

const LOCK = sql<DrawerSession>(`select ${COLUMNS} from drawer_session where tenant_id = $1 and id = $2 for update`)

const SHARE = sql<DrawerSession>(`select ${COLUMNS} from drawer_session where tenant_id = $1 and id = $2 for key share`)

const OPEN = sql<DrawerSession>(`
  insert into drawer_session (tenant_id, id, store_id, register_id, number, state, currency, float, opened_by, opened_at)
  select $1, $2, $3, $4, coalesce(max(number), 0) + 1, 'OPEN', $5, $6, $7, $8
  from drawer_session where tenant_id = $1 and register_id = $4
  returning ${COLUMNS}`)

const COUNT = sql<DrawerSession>(`
  update drawer_session set counted = $3, counted_at = $4, note = $5 where tenant_id = $1 and id = $2
  returning ${COLUMNS}`)

const CLOSE = sql<DrawerSession>(`
  update drawer_session set state = 'CLOSED', expected = $3, closed_by = $4, closed_at = $5
  where tenant_id = $1 and id = $2 returning ${COLUMNS}`)

const EXPECTED = sql<{ balance: bigint }>(`
  select balance from account
  where tenant_id = $1 and id = account_id($1, $2, 'CASH_DRAWER', $3::uuid::text, $4) for no key update`)

const LIST = sql<DrawerSession>(`
  select ${COLUMNS} from drawer_session
  where tenant_id = $1 and store_id = $2 and ($3::uuid is null or register_id = $3) and ($4::text is null or state = $4)
    and ($5::timestamptz is null or (opened_at, id) < ($5, $6::uuid))
  order by opened_at desc, id desc limit $7`)

export function loadDrawers(database: Database, tenantId: string, ids: readonly string[]): Promise<DrawerSession[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

export async function openDrawerAt(
  database: Pick<Session, 'query' | 'tenantId'>,
  registerId: string,
): Promise<DrawerSession | undefined> {
  const [drawer] = await database.query(OPEN_AT, [database.tenantId, registerId])
  return drawer
}

/** The open session of a store's register, held open until this transaction ends; null where its drawer is closed. */
export async function shareOpenDrawer(
  session: Session,
  { registerId, storeId }: { readonly registerId: string | null; readonly storeId: string },
): Promise<string | null> {
  if (registerId === null) return null
  const [drawer] = await session.query(SHARE_OPEN_AT, [session.tenantId, registerId, storeId])
  return drawer?.id ?? null
}

/** For moving cash in a session: it stays as it is until this transaction ends. */
export async function shareDrawer(session: Session, id: string): Promise<DrawerSession | undefined> {
  const [drawer] = await session.query(SHARE, [session.tenantId, id])
  return drawer
}

/** For counting and closing: waits for whoever moves cash in it. */
export async function lockDrawer(session: Session, id: string): Promise<DrawerSession | undefined> {
  const [drawer] = await session.query(LOCK, [session.tenantId, id])
  return drawer
}

export interface NewDrawer extends Pick<DrawerSession, 'id' | 'storeId' | 'registerId' | 'currency' | 'float'> {
  readonly openedBy: string
  readonly now: Date
}

export async function insertDrawer(session: Session, drawer: NewDrawer): Promise<DrawerSession> {
  const { id, storeId, registerId, currency, float, openedBy, now } = drawer
  return one(await session.query(OPEN, [session.tenantId, id, storeId, registerId, currency, float, openedBy, now]))
}

export async function enterCount(
  session: Session,
  id: string,
  counted: bigint,
  now: Date,
  note: string,
): Promise<DrawerSession> {
  return one(await session.query(COUNT, [session.tenantId, id, counted, now, note]))
}

export async function endDrawer(
  session: Session,
  id: string,
  expected: bigint,
  closedBy: string,
  now: Date,
): Promise<DrawerSession> {
  return one(await session.query(CLOSE, [session.tenantId, id, expected, closedBy, now]))
}

/** The cash that should be in the drawer of a session that is locked. */
export async function expectedCash(session: Session, drawer: DrawerSession): Promise<bigint> {
  const { storeId, registerId, currency } = drawer
  const [account] = await session.query(EXPECTED, [session.tenantId, storeId, registerId, currency])
  return account?.balance ?? 0n
}

export function listDrawers(
  database: Database,
  tenantId: string,
  storeId: string,
  filter: { readonly registerId: string | null; readonly state: string | null },
  after: readonly [string, string] | undefined,
  limit: number,
): Promise<DrawerSession[]> {
  const [at, id] = after ?? [null, null]
  return database.query(tenantId, LIST, [tenantId, storeId, filter.registerId, filter.state, at, id, limit])
}

function one(rows: readonly DrawerSession[]): DrawerSession {
  const [row] = rows
  if (!row) throw new Error('A drawer session that is held was not there')
  return row
}
