import { registerRevoked } from '@tillgraph/kit/events/identity'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { notFound } from '../domain/problems.ts'
import { endRegisterKeys } from '../store/register.ts'
import { endSessions } from './end-sessions.ts'
import { lockOwnRegister } from './lock-own-register.ts'
import { type LoseUnsent, loseUnsent } from './lose-unsent.ts'
import { record } from './record.ts'

/** Takes a till out of use, but not unawares while it holds sales back. Doing it again changes nothing. */
export async function revokeRegister(context: Context, registerId: string, asked: LoseUnsent) {
  const { tenantId } = requireCaller(context)
  return context.database.write(tenantId, async work => {
    const register = await lockOwnRegister(context, work, registerId, 'identity.register.revoke')
    if (!register) return notFound()
    const { id, storeId } = register
    const losing = await loseUnsent(work, id, asked)
    if ('__typename' in losing) return losing
    const now = context.clock.now()
    const keys = await endRegisterKeys(work, id, now)
    if (register.revokedAt === null || keys.length > 0) {
      await work.prisma.enrolmentCode.deleteMany({ where: { tenantId, registerId: id } })
      await work.prisma.register.update({
        where: { tenantId_id: { tenantId, id } },
        data: { revokedAt: now, version: { increment: 1 } },
      })
      await endSessions(context, work, { registerId: id }, 'REGISTER_REVOKED')
      const change = {
        action: 'register.revoked',
        subject: 'REGISTER',
        subjectId: id,
        storeId,
        before: { keys },
        after: losing.lost,
      } as const
      await record(context, work, change)
      await writeEvent(work, registerRevoked.of(id, { registerId: id, storeId, revokedAt: now }, context.makeId()))
    }
    return { __typename: 'RevokeRegisterSuccess' as const, tenantId, registerId: id }
  })
}
