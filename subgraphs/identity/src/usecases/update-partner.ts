import { parseName } from '@tillgraph/rules/names'
import { isUuid } from '@tillgraph/rules/uuid'
import type { UpdatePartnerInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { fold } from '../domain/fold.ts'
import { parseScopes } from '../domain/partner.ts'
import { present } from '../domain/present.ts'
import { changedMeanwhile, isInvalid, nameTaken, notFound, optionalField, readInput } from '../domain/problems.ts'
import { lockPartner } from '../store/partner.ts'
import { type Asked, change } from './change.ts'
import { difference, record } from './record.ts'
import { stopPartnerTokens } from './stop-partner-tokens.ts'

/** Changes a partner's name and scopes. Tokens that were given out for more than it may do now stop. */
export async function updatePartner(context: Context, input: UpdatePartnerInput, info: Asked['info']) {
  const given = readInput(() => ({
    name: optionalField('name', input.name, parseName),
    scopes: optionalField('scopes', input.scopes, scopes => parseScopes('scopes', scopes)),
  }))
  if (isInvalid(given)) return given
  return change(
    context,
    { info, content: input },
    async work => {
      const partner = isUuid(input.id) ? await lockPartner(work, input.id) : undefined
      if (!partner) return notFound()
      if (typeof input.version === 'number' && input.version !== partner.version) return changedMeanwhile()
      const { tenantId } = work
      const changed = difference({ ...partner }, given)
      if (changed) {
        const nameKey = given.name === undefined ? undefined : fold(given.name)
        await work.prisma.partner.update({
          where: { tenantId_id: { tenantId, id: partner.id } },
          data: { ...present({ ...given, nameKey }), version: { increment: 1 } },
        })
        const { scopes } = given
        if (scopes && partner.scopes.some(scope => !scopes.includes(scope as (typeof scopes)[number])))
          await stopPartnerTokens(context, work, partner.id, context.clock.now(), 'all')
        await record(context, work, {
          action: 'partner.updated',
          subject: 'PARTNER',
          subjectId: partner.id,
          ...changed,
        })
      }
      return { __typename: 'UpdatePartnerSuccess' as const, tenantId, partnerId: partner.id }
    },
    { partner_name_taken: nameTaken },
  )
}
