import { refusal } from '@tillgraph/kit/errors'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { rolePermissions, roles } from '@tillgraph/rules/permissions'
import { limitsOf } from '@tillgraph/rules/role-limits'
import { isUuid } from '@tillgraph/rules/uuid'
import type { ApprovalKeyResolvers, QueryResolvers, StoreResolvers } from '../../generated/graphql.ts'
import { holdsAt } from '../domain/user.ts'
import { goodApprovalKeys } from '../store/approval-key.ts'
import { there } from './me.ts'
import { visibleUser } from './users.ts'

const IDS_MOST = 1_000
const KEYS_OF_STORE_MOST = 200

export const approvalKeys: NonNullable<QueryResolvers['approvalKeys']> = async (_, { managerId }, context) => {
  const { tenantId, subject } = requireCaller(context)
  const wanted = managerId ?? subject
  if (wanted !== subject && !(await visibleUser(wanted, context))) return []
  return isUuid(wanted) ? [...(await context.load(tenantId).approvalKeysOf.load(wanted))] : []
}

export const approvalKeysById: NonNullable<QueryResolvers['approvalKeysById']> = async (_, { ids }, context) => {
  if (ids.length > IDS_MOST) throw refusal('BAD_USER_INPUT', `At most ${IDS_MOST} ids are asked for at once.`)
  const { approvalKeys } = context.load(requireCaller(context).tenantId)
  const loaded = await Promise.all([...new Set(ids)].map(id => approvalKeys.load(id)))
  return loaded.filter(key => key !== undefined)
}

/** The keys of those who may give approvals in a store. */
export const keysOfStore: NonNullable<StoreResolvers['approvalKeys']> = ({ tenantId, id }, _, context) => {
  const mayGive = roles.filter(role => rolePermissions[role].has('identity.approval.give'))
  return goodApprovalKeys(context.database, tenantId, id, mayGive, KEYS_OF_STORE_MOST)
}

export const approvalKeyFields: ApprovalKeyResolvers = {
  id: ({ thumbprint }) => thumbprint,
  managerId: ({ userId }) => userId,
  manager: async ({ tenantId, userId }, _, context) => there(await context.load(tenantId).users.load(userId)),
  limits: async ({ tenantId, userId }, { storeId }, context) => {
    const held = await context.load(tenantId).grants.load(userId)
    return limitsOf(held.filter(({ storeId: at }) => at === null || at === storeId).map(({ role }) => role))
  },
  mayApprove: async ({ tenantId, userId }, { storeId }, context) => {
    const { users, grants } = context.load(tenantId)
    const [user, held] = await Promise.all([users.load(userId), grants.load(userId)])
    return user?.deactivatedAt === null && holdsAt(held, 'identity.approval.give', storeId)
  },
}
