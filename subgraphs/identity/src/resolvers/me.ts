import { refusal } from '@tillgraph/kit/errors'
import { toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { listPermissions, permissionsOf } from '@tillgraph/rules/permissions'
import { limitsOf } from '@tillgraph/rules/role-limits'
import type { MeResolvers, QueryResolvers, SessionResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { rolesAt } from '../domain/granting.ts'
import type { SignedIn } from '../outcomes.ts'
import { listSessions } from '../store/session.ts'
import { readPageByTime } from './page.ts'

const BY_TIME = 'sessions by time'

export const me: NonNullable<QueryResolvers['me']> = async (_, __, context): Promise<SignedIn> => {
  const { tenantId, subject: userId, sessionId } = requireCaller(context)
  const session = sessionId === undefined ? undefined : await context.load(tenantId).sessions.load(sessionId)
  // a token may be good for minutes longer than the sign-in it speaks for: here that is looked up
  if (!session || session.endedAt !== null) throw refusal('UNAUTHENTICATED', 'This sign-in has ended; sign in again.')
  return { tenantId, userId, sessionId: session.id }
}

export const sessions: NonNullable<QueryResolvers['sessions']> = async (_, args, context) => {
  const { tenantId, subject } = requireCaller(context)
  const page = readPageByTime(BY_TIME, args)
  const rows = await listSessions(context.database, tenantId, subject, context.clock.now(), page)
  return toConnection(BY_TIME, page, rows, row => [row.createdAt.toISOString(), row.id])
}

export const meFields: MeResolvers = {
  id: ({ userId }) => userId,
  userName: async (who, _, context) => (await userOf(who, context)).userName,
  email: async (who, _, context) => (await userOf(who, context)).email,
  displayName: async (who, _, context) => (await userOf(who, context)).displayName,
  tenant: async ({ tenantId }, _, context) => there(await context.load(tenantId).tenants.load(tenantId)),
  roles: async ({ tenantId, userId }, _, context) =>
    (await context.load(tenantId).grants.load(userId)).map(grant => ({ ...grant, tenantId })),
  permissions: async (who, { storeId }, context) =>
    listPermissions(permissionsOf(await rolesOf(who, storeId, context))),
  limits: async (who, { storeId }, context) => limitsOf(await rolesOf(who, storeId, context)),
  session: async (who, _, context) => ({ ...(await sessionOf(who, context)), isCurrent: true }),
  register: async (who, _, context) => {
    const { registerId } = await sessionOf(who, context)
    return registerId === null ? null : ((await context.load(who.tenantId).registers.load(registerId)) ?? null)
  },
}

export const sessionFields: SessionResolvers = {
  device: ({ deviceName }) => deviceName,
  isCurrent: (session, _, { caller }) => session.isCurrent ?? session.id === caller?.sessionId,
  register: async ({ tenantId, registerId }, _, context) =>
    registerId === null ? null : ((await context.load(tenantId).registers.load(registerId)) ?? null),
}

async function userOf({ tenantId, userId }: SignedIn, context: Context) {
  return there(await context.load(tenantId).users.load(userId))
}

async function sessionOf({ tenantId, sessionId }: SignedIn, context: Context) {
  return there(await context.load(tenantId).sessions.load(sessionId))
}

async function rolesOf({ tenantId, userId }: SignedIn, storeId: string | null | undefined, context: Context) {
  return rolesAt(await context.load(tenantId).grants.load(userId), storeId ?? undefined)
}

/** What a row of ours points at is there, because no row of these tables is ever deleted. */
export function there<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('A row points at one that is not there')
  return row
}
