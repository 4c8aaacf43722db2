import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { RotatePartnerSecretInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { OVERLAP_HOURS, OVERLAP_HOURS_MOST, SECRETS_AT_ONCE_MOST } from '../domain/partner.ts'
import { invalidInput, notFound } from '../domain/problems.ts'
import { endSecrets, lockPartner } from '../store/partner.ts'
import { addSecret } from './create-partner.ts'
import { record } from './record.ts'
import { stopPartnerTokens } from './stop-partner-tokens.ts'

const HOUR_MS = 3_600_000

/** A new secret; those there are stop after the overlap, or sooner if they were to stop sooner. */
export async function rotatePartnerSecret(context: Context, input: RotatePartnerSecretInput) {
  const overlapHours = input.overlapHours ?? OVERLAP_HOURS
  if (overlapHours < 0 || overlapHours > OVERLAP_HOURS_MOST)
    return invalidInput('overlapHours', `An old secret stays good for 0 to ${OVERLAP_HOURS_MOST} hours.`)
  const { tenantId } = requireCaller(context)
  return context.database.write(tenantId, async work => {
    const partner = isUuid(input.id) ? await lockPartner(work, input.id) : undefined
    if (!partner) return notFound()
    const now = context.clock.now()
    await endSecrets(work, partner.id, now, new Date(now.getTime() + overlapHours * HOUR_MS), SECRETS_AT_ONCE_MOST - 1)
    await stopPartnerTokens(context, work, partner.id, now, 'of secrets that stop now')
    const secret = await addSecret(context, work, partner.id)
    await record(context, work, {
      action: 'partner.secret_rotated',
      subject: 'PARTNER',
      subjectId: partner.id,
      after: { overlapHours },
    })
    const outcome = { tenantId, partnerId: partner.id, clientSecret: secret }
    return { __typename: 'RotatePartnerSecretSuccess' as const, ...outcome }
  })
}
