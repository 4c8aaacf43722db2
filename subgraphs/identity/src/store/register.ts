import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Register, RegisterKey } from '../domain/register.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  tenant_id as "tenantId", id, store_id as "storeId", name, name_key as "nameKey", revoked_at as "revokedAt",
  created_at as "createdAt", version`

const BY_ID = sql<Register>(`select ${COLUMNS} from register where tenant_id = $1 and id = any($2::uuid[])`)

const LOCK = sql<Register>(`select ${COLUMNS} from register where tenant_id = $1 and id = $2 for update`)

const PAGE = sql<Register>(`
  select ${COLUMNS} from register
  where tenant_id = $1 and store_id = $2 and ($3::text is null or (name_key, id) > ($3, $4::uuid))
  order by name_key, id limit $5`)

const KEYS = sql<RegisterKey>(`
  select register_id as "registerId", thumbprint, public_key as "publicKey", enrolled_at as "enrolledAt",
    revoked_at as "revokedAt"
  from register_key where tenant_id = $1 and register_id = any($2::uuid[])
  order by register_id, enrolled_at desc, thumbprint`)

const END_KEYS = sql<{ thumbprint: string }>(`
  update register_key set revoked_at = greatest($3, enrolled_at)
  where tenant_id = $1 and register_id = $2 and revoked_at is null returning thumbprint`)

const TAKE_CODE = sql<{ registerId: string; createdBy: string; loseUnsent: boolean }>(`
  update enrolment_code set used_at = $3
  where tenant_id = $1 and code_hash = $2 and used_at is null and expires_at > $3
  returning register_id as "registerId", created_by as "createdBy", lose_unsent as "loseUnsent"`)

export function loadRegisters(database: Database, tenantId: string, ids: readonly string[]): Promise<Register[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

export function loadRegisterKeys(database: Database, tenantId: string, ids: readonly string[]): Promise<RegisterKey[]> {
  return database.query(tenantId, KEYS, [tenantId, ids])
}

/** One row more than a page of a store's tills, by name. */
export function listRegisters(
  database: Database,
  tenantId: string,
  storeId: string,
  page: PageRequest<readonly [string, string]>,
): Promise<Register[]> {
  const [afterKey, afterId] = page.after ?? [null, null]
  return database.query(tenantId, PAGE, [tenantId, storeId, afterKey, afterId, page.first + 1])
}

export async function lockRegister(work: Work, id: string): Promise<Register | undefined> {
  return (await work.query(LOCK, [work.tenantId, id]))[0]
}

/** The till's keys sign nothing more; what they signed until now stays good. */
export async function endRegisterKeys(work: Work, registerId: string, now: Date): Promise<string[]> {
  const ended = await work.query(END_KEYS, [work.tenantId, registerId, now])
  return ended.map(({ thumbprint }) => thumbprint)
}

/** Uses a code up; of several who try it at once, one gets the till. */
export async function takeEnrolmentCode(work: Work, hash: Buffer, now: Date) {
  return (await work.query(TAKE_CODE, [work.tenantId, hash, now]))[0]
}
