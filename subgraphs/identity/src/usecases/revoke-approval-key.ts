import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { notFound } from '../domain/problems.ts'
import { endApprovalKey, lockApprovalKey } from '../store/approval-key.ts'
import { administerUser, isAdministered } from './administer-user.ts'
import { record } from './record.ts'

/** Takes a key for approvals out of use: one's own, or that of somebody below. Doing it again changes nothing. */
export async function revokeApprovalKey(context: Context, id: string) {
  const { tenantId, subject } = requireCaller(context)
  return context.database.write(tenantId, async work => {
    const key = await lockApprovalKey(work, id)
    if (!key) return notFound()
    if (key.userId !== subject) {
      const mayChange = requireCaller(context).may('identity.user.write')
      if (!mayChange || !isAdministered(await administerUser(context, work, key.userId))) return notFound()
    }
    if (await endApprovalKey(work, key.thumbprint, context.clock.now()))
      await record(context, work, {
        action: 'user.approval_key.revoked',
        subject: 'USER',
        subjectId: key.userId,
        before: { key: key.thumbprint, name: key.name },
      })
    return { __typename: 'RevokeApprovalKeySuccess' as const, tenantId, thumbprint: key.thumbprint }
  })
}
