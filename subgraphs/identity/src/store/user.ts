import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import { type Role, rolePermissions, roles } from '@tillgraph/rules/permissions'
import { escapeLike, fold } from '../domain/fold.ts'
import type { Grant, User, UserGrant } from '../domain/user.ts'
import type { Work } from '../services.ts'

const COLUMNS = `
  u.tenant_id as "tenantId", u.id, u.user_name as "userName", u.email, u.display_name as "displayName",
  u.name_key as "nameKey", u.deactivated_at as "deactivatedAt", u.created_at as "createdAt", u.version`

const BY_ID = sql<User>(`select ${COLUMNS} from user_account u where u.tenant_id = $1 and u.id = any($2::uuid[])`)

const LOCK = sql<User>(`select ${COLUMNS} from user_account u where u.tenant_id = $1 and u.id = $2 for update`)

const MANAGERS_TOLD_MOST = 50

const MANAGER_EMAILS = sql<{ email: string }>(`
  select u.email from user_account u
  where u.tenant_id = $1 and u.deactivated_at is null and u.email is not null
    and exists (select from store s where s.tenant_id = u.tenant_id and s.id = $2)
    and exists (select from role_grant g where g.tenant_id = u.tenant_id and g.user_id = u.id
      and (g.store_id is null or g.store_id = $2) and g.role = any($3::text[]))
  order by u.name_key, u.id limit ${MANAGERS_TOLD_MOST}`)

const GRANTS = sql<UserGrant>(`
  select user_id as "userId", role, store_id as "storeId" from role_grant
  where tenant_id = $1 and user_id = any($2::uuid[]) order by user_id, role, store_id nulls first`)

const HELD = sql<Grant>(`
  select g.role, g.store_id as "storeId" from role_grant g
  join user_account u on u.tenant_id = g.tenant_id and u.id = g.user_id and u.deactivated_at is null
  where g.tenant_id = $1 and g.user_id = $2`)

const CREDENTIALS = sql<Credentials>(`
  select id, user_name as "userName", email, password_hash as "passwordHash", deactivated_at as "deactivatedAt"
  from user_account where tenant_id = $1 and (user_name_key = $2 or email_key = $2)`)

const CREDENTIALS_BY_ID = sql<Credentials>(`
  select id, user_name as "userName", email, password_hash as "passwordHash", deactivated_at as "deactivatedAt"
  from user_account where tenant_id = $1 and id = $2`)

const LOCK_CREDENTIALS = sql<Credentials>(`
  select id, user_name as "userName", email, password_hash as "passwordHash", deactivated_at as "deactivatedAt"
  from user_account where tenant_id = $1 and id = $2 for update`)

const SET_PASSWORD = sql(`
  update user_account set password_hash = $3, version = version + 1 where tenant_id = $1 and id = $2`)

const OTHER_OWNERS = sql(`
  select from role_grant g join user_account u on u.tenant_id = g.tenant_id and u.id = g.user_id
  where g.tenant_id = $1 and g.role = 'OWNER' and g.store_id is null and u.deactivated_at is null and u.id <> $2
  limit 1`)

// who works in a store that the caller may see people of; a role in the whole business is one there, too
const PAGE = sql<User>(`
  select ${COLUMNS} from user_account u
  where u.tenant_id = $1
    and ($2::uuid[] is null or exists (select from role_grant g where g.tenant_id = u.tenant_id and g.user_id = u.id
      and (g.store_id is null or g.store_id = any($2))))
    and ($3::uuid is null and $4::text is null or exists (select from role_grant g
      where g.tenant_id = u.tenant_id and g.user_id = u.id
        and ($3 is null or g.store_id is null or g.store_id = $3) and ($4 is null or g.role = $4)))
    and ($5::boolean is null or (u.deactivated_at is null) = $5)
    and ($6::text is null or u.name_key like $6 or u.user_name_key like $6 or u.email_key like $6)
    and ($7::text is null or (u.name_key, u.id) > ($7, $8::uuid))
  order by u.name_key, u.id limit $9`)

/** What somebody is checked against who signs in. */
export interface Credentials {
  readonly id: string
  readonly userName: string
  readonly email: string | null
  readonly passwordHash: string
  readonly deactivatedAt: Date | null
}

export interface UserSearch {
  readonly visible: 'all' | readonly string[]
  readonly search: string | null | undefined
  readonly storeId: string | null | undefined
  readonly role: Role | null | undefined
  readonly isActive: boolean | null | undefined
}

/** A search shorter than this is for the beginning of a name. */
const INSIDE_CHARACTERS_LEAST = 3

export function loadUsers(database: Database, tenantId: string, ids: readonly string[]): Promise<User[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

/** Where those who run a store, and are still there, can be written to. */
export async function loadManagerEmails(database: Database, tenantId: string, storeId: string): Promise<string[]> {
  const running = roles.filter(role => rolePermissions[role].has('payments.offline.manage'))
  const rows = await database.query(tenantId, MANAGER_EMAILS, [tenantId, storeId, running])
  return rows.map(({ email }) => email)
}

export function loadGrants(database: Database, tenantId: string, userIds: readonly string[]): Promise<UserGrant[]> {
  return database.query(tenantId, GRANTS, [tenantId, userIds])
}

/** One row more than a page of people, by name. */
export function listUsers(
  database: Database,
  tenantId: string,
  search: UserSearch,
  page: PageRequest<readonly [string, string]>,
): Promise<User[]> {
  const [afterKey, afterId] = page.after ?? [null, null]
  const visible = search.visible === 'all' ? null : search.visible
  return database.query(tenantId, PAGE, [
    tenantId,
    visible,
    search.storeId ?? null,
    search.role ?? null,
    search.isActive ?? null,
    patternOf(search.search),
    afterKey,
    afterId,
    page.first + 1,
  ])
}

/** Whom a user name or e-mail belongs to, with what they are checked against. */
export async function credentialsOfLogin(database: Database, tenantId: string, key: string) {
  return (await database.query(tenantId, CREDENTIALS, [tenantId, key]))[0]
}

export async function credentialsOfUser(database: Database, tenantId: string, userId: string) {
  return (await database.query(tenantId, CREDENTIALS_BY_ID, [tenantId, userId]))[0]
}

export async function lockUser(work: Work, id: string): Promise<User | undefined> {
  return (await work.query(LOCK, [work.tenantId, id]))[0]
}

/** The same at the moment of a change, which holds until the transaction ends. */
export async function lockCredentials(work: Work, userId: string): Promise<Credentials | undefined> {
  return (await work.query(LOCK_CREDENTIALS, [work.tenantId, userId]))[0]
}

export async function readGrants(work: Work, userId: string): Promise<Grant[]> {
  const grants = await work.query(GRANTS, [work.tenantId, [userId]])
  return grants.map(({ role, storeId }) => ({ role, storeId }))
}

/** What somebody who acts holds at this moment: nothing, once they were sent away. */
export function heldBy(work: Work, userId: string): Promise<Grant[]> {
  return work.query(HELD, [work.tenantId, userId])
}

export async function setPassword(work: Work, userId: string, passwordHash: string): Promise<void> {
  await work.execute(SET_PASSWORD, [work.tenantId, userId, passwordHash])
}

/** Whether anybody else owns the business and can sign in; asked with the tenant locked. */
export async function hasOtherOwner(work: Work, userId: string): Promise<boolean> {
  return (await work.query(OTHER_OWNERS, [work.tenantId, userId])).length > 0
}

function patternOf(search: string | null | undefined): string | null {
  const wanted = fold((search ?? '').slice(0, 100))
  if (wanted === '') return null
  const inside = Array.from(wanted).length >= INSIDE_CHARACTERS_LEAST
  return `${inside ? '%' : ''}${escapeLike(wanted)}%`
}
