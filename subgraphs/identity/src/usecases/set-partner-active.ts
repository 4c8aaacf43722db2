import { isUuid } from '@tillgraph/rules/uuid'
import type { Context } from '../context.ts'
import { notFound } from '../domain/problems.ts'
import { lockPartner } from '../store/partner.ts'
import { type Asked, change } from './change.ts'
import { record } from './record.ts'
import { stopPartnerTokens } from './stop-partner-tokens.ts'

/** Gives a partner no more tokens and takes those it has, or gives it tokens again. */
export async function setPartnerActive(context: Context, id: string, active: boolean, info: Asked['info']) {
  return change(context, { info, content: { id, active } }, async work => {
    const partner = isUuid(id) ? await lockPartner(work, id) : undefined
    if (!partner) return notFound()
    const { tenantId } = work
    if ((partner.deactivatedAt === null) !== active) {
      const now = context.clock.now()
      await work.prisma.partner.update({
        where: { tenantId_id: { tenantId, id } },
        data: { deactivatedAt: active ? null : now, version: { increment: 1 } },
      })
      if (!active) await stopPartnerTokens(context, work, id, now, 'all')
      const action = active ? 'partner.activated' : 'partner.deactivated'
      await record(context, work, { action, subject: 'PARTNER', subjectId: id })
    }
    return { __typename: 'ChangePartnerSuccess' as const, tenantId, partnerId: id }
  })
}
