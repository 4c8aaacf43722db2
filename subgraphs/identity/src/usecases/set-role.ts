import { isUuid } from '@tillgraph/rules/uuid'
import type { RoleInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { isPossible, mayGrant, sameGrant } from '../domain/granting.ts'
import { invalidInput, lastOwner, notFound } from '../domain/problems.ts'
import type { Grant } from '../domain/user.ts'
import type { Work } from '../services.ts'
import { isStore } from '../store/store.ts'
import { hasOtherOwner } from '../store/user.ts'
import { type Administered, administerUser, isAdministered, outranked } from './administer-user.ts'
import { type Asked, change } from './change.ts'
import { endSessions } from './end-sessions.ts'
import { record } from './record.ts'

/** As many roles as fit into an access token, which travels in a header of 8 kB at the most. */
const GRANTS_MOST = 80

/** Gives a role, or takes it away; what is so already stays so. */
export async function setRole(context: Context, input: RoleInput, wanted: 'held' | 'not-held', info: Asked['info']) {
  const grant: Grant = { role: input.role, storeId: input.storeId ?? null }
  if (!isPossible(grant)) return invalidInput('storeId', "An owner's role holds in the whole business: name no store.")
  return change(context, { info, content: input }, async work => {
    if (grant.storeId !== null && (!isUuid(grant.storeId) || !(await isStore(work, grant.storeId)))) return notFound()
    const found = await administerUser(context, work, input.userId)
    if (!isAdministered(found)) return found
    if (!mayGrant(found.held, grant)) return outranked()
    const refused =
      wanted === 'held' ? await give(context, work, found, grant) : await take(context, work, found, grant)
    return refused ?? { __typename: 'ChangeUserSuccess' as const, tenantId: work.tenantId, userId: found.user.id }
  })
}

async function give(context: Context, work: Work, { user, grants }: Administered, grant: Grant) {
  if (grants.some(own => sameGrant(own, grant))) return undefined
  if (grants.length >= GRANTS_MOST) return invalidInput('role', `A person holds ${GRANTS_MOST} roles at the most.`)
  const { tenantId } = work
  const row = { tenantId, id: context.makeId(), userId: user.id, ...grant, grantedAt: context.clock.now() }
  await work.prisma.roleGrant.create({ data: row })
  await tell(context, work, user.id, 'user.role.granted', grant)
  return undefined
}

async function take(context: Context, work: Work, { user, grants }: Administered, grant: Grant) {
  if (!grants.some(own => sameGrant(own, grant))) return undefined
  if (grant.role === 'OWNER' && !(await hasOtherOwner(work, user.id))) return lastOwner()
  await work.prisma.roleGrant.deleteMany({ where: { tenantId: work.tenantId, userId: user.id, ...grant } })
  // the access tokens that still name the role must not outlive it
  await endSessions(context, work, { userId: user.id }, 'REVOKED')
  await tell(context, work, user.id, 'user.role.revoked', grant)
  return undefined
}

function tell(context: Context, work: Work, userId: string, action: string, grant: Grant) {
  const values = action.endsWith('granted') ? { after: { ...grant } } : { before: { ...grant } }
  return record(context, work, { action, subject: 'USER', subjectId: userId, storeId: grant.storeId, ...values })
}
