import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { EndReason, SignInSession } from '../domain/session.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  s.tenant_id as "tenantId", s.id, s.user_id as "userId", s.register_id as "registerId", s.device_name as "deviceName",
  s.created_at as "createdAt", s.last_used_at as "lastUsedAt", s.expires_at as "expiresAt", s.ended_at as "endedAt"`

const BY_ID = sql<SignInSession>(`select ${COLUMNS} from session s where s.tenant_id = $1 and s.id = any($2::uuid[])`)

const PAGE = sql<SignInSession>(`
  select ${COLUMNS} from session s
  where s.tenant_id = $1 and s.user_id = $2 and s.ended_at is null and s.expires_at > $3
    and ($4::timestamptz is null or (s.created_at, s.id) < ($4, $5::uuid))
  order by s.created_at desc, s.id desc limit $6`)

const START = sql(`
  insert into session (tenant_id, id, user_id, register_id, device_name, device_hash, created_at, last_used_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $7, $8)`)

const ADD_TOKEN = sql(`
  insert into refresh_token (tenant_id, token_hash, session_id, issued_at, expires_at) values ($1, $2, $3, $4, $5)`)

// one at a time per sign-in: whoever comes second sees what the first has done
const LOCK_TOKEN = sql<LockedToken>(`
  select t.token_hash as "tokenHash", t.expires_at as "tokenExpiresAt", t.used_at as "usedAt", t.successor,
    s.device_hash as "deviceHash", ${COLUMNS},
    (select u.deactivated_at is null from user_account u where u.tenant_id = s.tenant_id and u.id = s.user_id) as "userActive"
  from refresh_token t join session s on s.tenant_id = t.tenant_id and s.id = t.session_id
  where t.tenant_id = $1 and t.token_hash = $2 for update of t, s`)

const IS_USED = sql<{ used: boolean }>(`
  select used_at is not null as used from refresh_token where tenant_id = $1 and token_hash = $2`)

const SPEND_TOKEN = sql(`
  update refresh_token set used_at = $3, successor = $4 where tenant_id = $1 and token_hash = $2 and used_at is null`)

const TOUCH = sql('update session set last_used_at = $3, expires_at = $4 where tenant_id = $1 and id = $2')

const END = sql<EndedSession>(`
  update session set ended_at = $2, end_reason = $3
  where tenant_id = $1 and ended_at is null
    and ($4::uuid[] is null or id = any($4)) and ($5::uuid is null or user_id = $5)
    and ($6::uuid is null or id <> $6) and ($7::uuid is null or register_id = $7)
    and ($4 is not null or $5 is not null or $7 is not null)
  returning id, user_id as "userId"`)

const BEYOND = sql<{ id: string }>(`
  select id from session where tenant_id = $1 and user_id = $2 and ended_at is null and expires_at > $3
  order by created_at desc, id desc offset $4`)

export interface LockedToken extends SignInSession {
  readonly tokenHash: Buffer
  readonly tokenExpiresAt: Date
  readonly usedAt: Date | null
  readonly successor: Buffer | null
  readonly deviceHash: Buffer
  readonly userActive: boolean
}

export interface EndedSession {
  readonly id: string
  readonly userId: string
}

/** Which sign-ins end: by id, of a person (but for one), or at a till. At least one of them is named. */
export interface WhichSessions {
  readonly ids?: readonly string[]
  readonly userId?: string
  readonly butNot?: string | undefined
  readonly registerId?: string
}

export interface NewSession {
  readonly id: string
  readonly userId: string
  readonly registerId: string | null
  readonly deviceName: string
  readonly deviceHash: Buffer
  readonly now: Date
  readonly expiresAt: Date
}

export function loadSessions(database: Database, tenantId: string, ids: readonly string[]): Promise<SignInSession[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

/** One row more than a page of a person's sign-ins that have not ended, the newest first. */
export function listSessions(
  database: Database,
  tenantId: string,
  userId: string,
  now: Date,
  page: PageRequest<readonly [string, string]>,
): Promise<SignInSession[]> {
  const [afterTime, afterId] = page.after ?? [null, null]
  return database.query(tenantId, PAGE, [tenantId, userId, now, afterTime, afterId, page.first + 1])
}

export async function startSession(work: Work, session: NewSession): Promise<void> {
  const { id, userId, registerId, deviceName, deviceHash, now, expiresAt } = session
  await work.execute(START, [work.tenantId, id, userId, registerId, deviceName, deviceHash, now, expiresAt])
}

export async function addRefreshToken(
  work: Work,
  token: { readonly hash: Buffer; readonly sessionId: string; readonly now: Date; readonly expiresAt: Date },
): Promise<void> {
  await work.execute(ADD_TOKEN, [work.tenantId, token.hash, token.sessionId, token.now, token.expiresAt])
}

export async function lockRefreshToken(work: Work, hash: Buffer): Promise<LockedToken | undefined> {
  return (await work.query(LOCK_TOKEN, [work.tenantId, hash]))[0]
}

export async function isRefreshTokenUsed(work: Work, hash: Buffer): Promise<boolean> {
  return (await work.query(IS_USED, [work.tenantId, hash]))[0]?.used ?? true
}

export async function spendRefreshToken(work: Work, hash: Buffer, now: Date, successor: Buffer): Promise<void> {
  await work.execute(SPEND_TOKEN, [work.tenantId, hash, now, successor])
}

export async function touchSession(work: Work, id: string, now: Date, expiresAt: Date): Promise<void> {
  await work.execute(TOUCH, [work.tenantId, id, now, expiresAt])
}

/** Ends sign-ins in the transaction; who must hear of it is told by the use case (usecases/end-sessions.ts). */
export function markSessionsEnded(
  work: Work,
  which: WhichSessions,
  reason: EndReason,
  now: Date,
): Promise<EndedSession[]> {
  const values = [which.ids ?? null, which.userId ?? null, which.butNot ?? null, which.registerId ?? null]
  return work.query(END, [work.tenantId, now, reason, ...values])
}

/** The sign-ins of a person beyond the newest so many. */
export async function sessionsBeyond(work: Work, userId: string, now: Date, keep: number): Promise<string[]> {
  return (await work.query(BEYOND, [work.tenantId, userId, now, keep])).map(({ id }) => id)
}
