import { userDeactivated } from '@tillgraph/kit/events/identity'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import type { Context } from '../context.ts'
import { lastOwner } from '../domain/problems.ts'
import { hasOtherOwner } from '../store/user.ts'
import { administerUser, isAdministered } from './administer-user.ts'
import { type Asked, change } from './change.ts'
import { onlyStore } from './create-user.ts'
import { endSessions } from './end-sessions.ts'
import { record } from './record.ts'

/** Lets a person sign in no more, and signs them out everywhere; or lets them in again. */
export async function setUserActive(context: Context, userId: string, active: boolean, info: Asked['info']) {
  return change(context, { info, content: { userId, active } }, async work => {
    const found = await administerUser(context, work, userId)
    if (!isAdministered(found)) return found
    const { user, grants } = found
    const { tenantId } = work
    const done = { __typename: 'ChangeUserSuccess' as const, tenantId, userId: user.id }
    if ((user.deactivatedAt === null) === active) return done
    const isOwner = grants.some(({ role }) => role === 'OWNER')
    if (!active && isOwner && !(await hasOtherOwner(work, user.id))) return lastOwner()
    const now = context.clock.now()
    await work.prisma.userAccount.update({
      where: { tenantId_id: { tenantId, id: user.id } },
      data: { deactivatedAt: active ? null : now, version: { increment: 1 } },
    })
    const action = active ? 'user.activated' : 'user.deactivated'
    await record(context, work, { action, subject: 'USER', subjectId: user.id, storeId: onlyStore(grants) })
    if (!active) {
      await endSessions(context, work, { userId: user.id }, 'USER_DEACTIVATED')
      await writeEvent(work, userDeactivated.of(user.id, { userId: user.id, deactivatedAt: now }, context.makeId()))
    }
    return done
  })
}
