import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Partner, PartnerSecret } from '../domain/partner.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  tenant_id as "tenantId", id, name, name_key as "nameKey", scopes, deactivated_at as "deactivatedAt",
  created_at as "createdAt", version`

const BY_ID = sql<Partner>(`select ${COLUMNS} from partner where tenant_id = $1 and id = any($2::uuid[])`)

const LOCK = sql<Partner>(`select ${COLUMNS} from partner where tenant_id = $1 and id = $2 for update`)

const PAGE = sql<Partner>(`
  select ${COLUMNS} from partner
  where tenant_id = $1 and ($2::text is null or (name_key, id) > ($2, $3::uuid))
  order by name_key, id limit $4`)

const SECRETS = sql<PartnerSecret>(`
  select id, partner_id as "partnerId", created_at as "createdAt", expires_at as "expiresAt"
  from partner_secret where tenant_id = $1 and partner_id = any($2::uuid[]) and (expires_at is null or expires_at > $3)
  order by partner_id, created_at desc, id desc`)

// both in one statement, and a row whether there is such a partner or not: the time it takes tells nothing
const CLIENT = sql<ClientRow>(`
  select (select scopes from partner where tenant_id = $1 and id = $2 and deactivated_at is null) as scopes,
    array_agg(s.secret_hash) as hashes, array_agg(s.session_id) as "sessionIds", array_agg(s.expires_at) as "expiresAt"
  from (select secret_hash, session_id, expires_at from partner_secret where tenant_id = $1 and partner_id = $2
    and (expires_at is null or expires_at > $3) order by created_at desc limit $4) s`)

// the newest of those that are good run on until the overlap ends; older ones stop now, so that there are never many
const END_SECRETS = sql(`
  update partner_secret s set expires_at = case when n.place <= $5 then least(s.expires_at, $4) else $3 end
  from (select id, row_number() over (order by created_at desc, id desc) as place from partner_secret
    where tenant_id = $1 and partner_id = $2 and (expires_at is null or expires_at > $3)) n
  where s.tenant_id = $1 and s.id = n.id`)

// tokens of secrets that stopped before have run out with them
const WITH_TOKENS = `
  from partner_secret where tenant_id = $1 and partner_id = $2 and (expires_at is null or expires_at >= $3)
    and (not $4 or expires_at <= $3)`

const END_SESSIONS = sql<{ id: string }>(`
  insert into ended_partner_session (tenant_id, id, partner_id, ended_at)
  select tenant_id, session_id, partner_id, $3 ${WITH_TOKENS} returning id`)

const RENEW_SESSIONS = sql(`
  update partner_secret s set session_id = gen_random_uuid() from (select id ${WITH_TOKENS}) n
  where s.tenant_id = $1 and s.id = n.id`)

interface ClientRow {
  readonly scopes: readonly string[] | null
  readonly hashes: readonly Buffer[] | null
  readonly sessionIds: readonly string[] | null
  readonly expiresAt: readonly (Date | null)[] | null
}

/** A secret as a client is checked against it. */
export interface ClientSecret {
  readonly hash: Buffer
  readonly sessionId: string
  readonly expiresAt: Date | null
}

export function loadPartners(database: Database, tenantId: string, ids: readonly string[]): Promise<Partner[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

export function loadPartnerSecrets(database: Database, tenantId: string, ids: readonly string[], now: Date) {
  return database.query(tenantId, SECRETS, [tenantId, ids, now])
}

/** One row more than a page of partners, by name. */
export function listPartners(
  database: Database,
  tenantId: string,
  page: PageRequest<readonly [string, string]>,
): Promise<Partner[]> {
  const [afterKey, afterId] = page.after ?? [null, null]
  return database.query(tenantId, PAGE, [tenantId, afterKey, afterId, page.first + 1])
}

export async function lockPartner(work: Work, id: string): Promise<Partner | undefined> {
  return (await work.query(LOCK, [work.tenantId, id]))[0]
}

/** What a client is checked against: the scopes of an active partner, and its secrets. */
export async function readClientRow(
  database: Database,
  tenantId: string,
  partnerId: string,
  now: Date,
  secretsMost: number,
): Promise<{ readonly scopes: readonly string[] | null; readonly secrets: readonly ClientSecret[] }> {
  const [row] = await database.query(tenantId, CLIENT, [tenantId, partnerId, now, secretsMost])
  const { scopes = null, hashes, sessionIds, expiresAt } = row ?? {}
  const secrets = (hashes ?? []).map((hash, place) => ({
    hash,
    sessionId: sessionIds?.[place] ?? '',
    expiresAt: expiresAt?.[place] ?? null,
  }))
  return { scopes, secrets }
}

/** Lets the secrets of a partner run out at `until`, all but the newest `keep` of them now. */
export async function endSecrets(work: Work, partnerId: string, now: Date, until: Date, keep: number): Promise<void> {
  await work.execute(END_SECRETS, [work.tenantId, partnerId, now, until, keep])
}

/**
 * Ends what the access tokens of a partner are named by: of all its secrets, or of those that stop at this moment.
 * Whoever comes with a secret that is still good gets tokens of another name.
 */
export async function endPartnerSessions(
  work: Work,
  partnerId: string,
  now: Date,
  which: 'all' | 'of secrets that stop now',
): Promise<string[]> {
  const values = [work.tenantId, partnerId, now, which !== 'all']
  const ended = await work.query(END_SESSIONS, values)
  await work.execute(RENEW_SESSIONS, values)
  return ended.map(({ id }) => id)
}
