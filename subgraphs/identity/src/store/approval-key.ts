import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Role } from '@tillgraph/rules/permissions'
import type { ApprovalKey } from '../domain/approval-key.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  tenant_id as "tenantId", thumbprint, user_id as "userId", name, public_key as "publicKey",
  enrolled_at as "enrolledAt", revoked_at as "revokedAt"`

const OF_USERS = sql<ApprovalKey>(`
  select ${COLUMNS} from approval_key where tenant_id = $1 and user_id = any($2::uuid[])
  order by user_id, enrolled_at desc, thumbprint`)

/** Of SHA-256, in base64url. What callers send may be anything, and some of it no text that Postgres takes. */
const THUMBPRINT = /^[\w-]{43}$/

const BY_THUMBPRINT = sql<ApprovalKey>(`
  select ${COLUMNS} from approval_key where tenant_id = $1 and thumbprint = any($2::text[])`)

const GOOD = sql<ApprovalKey>(`
  select ${COLUMNS} from approval_key k
  where k.tenant_id = $1 and k.revoked_at is null and exists (
    select from role_grant g join user_account u on u.tenant_id = g.tenant_id and u.id = g.user_id
    where g.tenant_id = k.tenant_id and g.user_id = k.user_id and u.deactivated_at is null
      and (g.store_id is null or g.store_id = $2) and g.role = any($3::text[]))
  order by k.enrolled_at desc, k.thumbprint limit $4`)

const LOCK = sql<ApprovalKey>(`
  select ${COLUMNS} from approval_key where tenant_id = $1 and thumbprint = $2 for update`)

const REVOKE = sql<{ thumbprint: string }>(`
  update approval_key set revoked_at = greatest($3, enrolled_at)
  where tenant_id = $1 and thumbprint = $2 and revoked_at is null returning thumbprint`)

export function loadApprovalKeysOf(
  database: Database,
  tenantId: string,
  userIds: readonly string[],
): Promise<ApprovalKey[]> {
  return database.query(tenantId, OF_USERS, [tenantId, userIds])
}

export function loadApprovalKeys(
  database: Database,
  tenantId: string,
  thumbprints: readonly string[],
): Promise<ApprovalKey[]> {
  return database.query(tenantId, BY_THUMBPRINT, [tenantId, thumbprints.filter(one => THUMBPRINT.test(one))])
}

/** Keys that are good, of people with one of these roles in a store, the newest first. */
export function goodApprovalKeys(
  database: Database,
  tenantId: string,
  storeId: string,
  roles: readonly Role[],
  most: number,
): Promise<ApprovalKey[]> {
  return database.query(tenantId, GOOD, [tenantId, storeId, roles, most])
}

export async function lockApprovalKey(work: Work, thumbprint: string): Promise<ApprovalKey | undefined> {
  return THUMBPRINT.test(thumbprint) ? (await work.query(LOCK, [work.tenantId, thumbprint]))[0] : undefined
}

/** The key signs nothing more; what it signed until now stays good. Answers whether it was good. */
export async function endApprovalKey(work: Work, thumbprint: string, now: Date): Promise<boolean> {
  return (await work.query(REVOKE, [work.tenantId, thumbprint, now])).length > 0
}
