import { toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers, UserResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import type { User } from '../domain/user.ts'
import { listUsers } from '../store/user.ts'
import { worksWhere } from '../usecases/visible-users.ts'
import { readPageByText } from './page.ts'

const BY_NAME = 'users by name'

export const user: NonNullable<QueryResolvers['user']> = (_, { id }, context) => visibleUser(id, context)

/** A person whom the caller may see. */
export async function visibleUser(id: string, context: Context): Promise<User | null> {
  const caller = requireCaller(context)
  const found = isUuid(id) ? await context.load(caller.tenantId).users.load(id) : undefined
  if (!found) return null
  const grants = await context.load(caller.tenantId).grants.load(found.id)
  return worksWhere(grants, caller.storesWhere('identity.user.read')) ? found : null
}

export const users: NonNullable<QueryResolvers['users']> = async (_, { filter, ...args }, context) => {
  const caller = requireCaller(context)
  const page = readPageByText(BY_NAME, args)
  const nowhere = typeof filter?.storeId === 'string' && !isUuid(filter.storeId)
  const { search, storeId, role, isActive } = filter ?? {}
  const visible = caller.storesWhere('identity.user.read')
  const wanted = { visible, search, storeId, role, isActive }
  const rows = nowhere ? [] : await listUsers(context.database, caller.tenantId, wanted, page)
  return toConnection(BY_NAME, page, rows, row => [row.nameKey, row.id])
}

export const userFields: UserResolvers = {
  isActive: ({ deactivatedAt }) => deactivatedAt === null,
  roles: async ({ tenantId, id }, _, context) =>
    (await context.load(tenantId).grants.load(id)).map(grant => ({ ...grant, tenantId })),
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? ((await context.load(requireCaller(context).tenantId).users.load(id)) ?? null) : null,
}
