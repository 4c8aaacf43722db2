import { parseName } from '@tillgraph/rules/names'
import type { CreatePartnerInput } from '../../generated/graphql.ts'
import { CLIENT_SECRET_BYTES, clientSecret, clientSecretHash } from '../access/client-credentials.ts'
import type { Context } from '../context.ts'
import { fold } from '../domain/fold.ts'
import { parseScopes } from '../domain/partner.ts'
import { alreadyUsedDifferently, field, isInvalid, nameTaken, readInput } from '../domain/problems.ts'
import type { Work } from '../services.ts'
import { type Asked, change } from './change.ts'
import { readId } from './read-id.ts'
import { record } from './record.ts'

/** Lets a partner's system in. The secret is in the first answer only: what is kept of that knows it no more. */
export async function createPartner(context: Context, input: CreatePartnerInput, info: Asked['info']) {
  const given = readInput(() => {
    readId('id', input.id)
    return { name: field('name', () => parseName(input.name)), scopes: parseScopes('scopes', input.scopes) }
  })
  if (isInvalid(given)) return given
  const { name, scopes } = given
  let shown: string | null = null
  const answer = await change(
    context,
    { info, named: input.id, content: given },
    async work => {
      const { tenantId } = work
      const id = input.id ?? context.makeId()
      const createdAt = context.clock.now()
      await work.prisma.partner.create({ data: { tenantId, id, name, nameKey: fold(name), scopes, createdAt } })
      shown = await addSecret(context, work, id)
      await record(context, work, {
        action: 'partner.created',
        subject: 'PARTNER',
        subjectId: id,
        after: { name, scopes },
      })
      return { __typename: 'CreatePartnerSuccess' as const, tenantId, partnerId: id, clientSecret: null }
    },
    { partner_name_taken: nameTaken, partner_pkey: alreadyUsedDifferently },
  )
  return answer.__typename === 'CreatePartnerSuccess' ? { ...answer, clientSecret: shown } : answer
}

/** Makes a secret and keeps its hash; nobody but the partner ever has the secret itself. */
export async function addSecret(context: Context, work: Work, partnerId: string): Promise<string> {
  const secret = clientSecret(context.random(CLIENT_SECRET_BYTES))
  await work.prisma.partnerSecret.create({
    data: {
      tenantId: work.tenantId,
      id: context.makeId(),
      partnerId,
      secretHash: Uint8Array.from(clientSecretHash(secret)),
      createdAt: context.clock.now(),
    },
  })
  return secret
}
