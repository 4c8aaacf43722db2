import type { EnrolRegisterInput } from '../../generated/graphql.ts'
import { sha256 } from '../access/hash.ts'
import { ENROLMENT_PROOF, isPublicKey, thumbprintOf, verifyProof } from '../access/register-proof.ts'
import type { Context } from '../context.ts'
import { parseEnrolmentCode } from '../domain/enrolment.ts'
import { enrolmentRefused, field, isInvalid, readInput, refuseField } from '../domain/problems.ts'
import { byEnrolments } from '../domain/throttle.ts'
import { loginKey } from '../domain/user.ts'
import type { Work } from '../services.ts'
import { unsentOf } from '../store/offline-log.ts'
import { endRegisterKeys, lockRegister, takeEnrolmentCode } from '../store/register.ts'
import { tenantOfSlug } from '../store/tenant.ts'
import { admit, countedBy, forgive } from './admit.ts'
import { changeOf } from './change.ts'
import { endSessions } from './end-sessions.ts'
import { anonymous, record } from './record.ts'

const SLUG_CHARACTERS_MOST = 100

/** Makes the device that asks a till, once it has shown the code and proved that it holds the key. */
export async function enrolRegister(context: Context, input: EnrolRegisterInput) {
  const given = readInput(() => {
    if (!isPublicKey(input.publicKey)) refuseField('publicKey', 'This is not the x of a public Ed25519 JWK.')
    return { code: field('code', () => parseEnrolmentCode(input.code)) }
  })
  if (isInvalid(given)) return given
  const slug = loginKey(input.tenant.slice(0, SLUG_CHARACTERS_MOST))
  const counted = countedBy(context, byEnrolments, slug)
  const closed = await admit(context, counted)
  if (closed) return closed

  const payload = await verifyProof(input.proof, input.publicKey, ENROLMENT_PROOF, context.clock.now())
  const tenantId = await tenantOfSlug(context.database, slug)
  if (tenantId === undefined || payload?.code !== given.code) return enrolmentRefused()
  const thumbprint = await thumbprintOf(input.publicKey)
  const key = { thumbprint, publicKey: input.publicKey }
  // one key is one till: a device that was another till makes a new one
  const taken = { register_key_pkey: enrolmentRefused }
  const answer = await changeOf(context, tenantId, work => enrol(context, work, given.code, key), taken)
  if (answer.__typename === 'EnrolRegisterSuccess') await forgive(context, counted)
  return answer
}

async function enrol(
  context: Context,
  work: Work,
  code: string,
  { thumbprint, publicKey }: { readonly thumbprint: string; readonly publicKey: string },
) {
  const now = context.clock.now()
  const taken = await takeEnrolmentCode(work, sha256(code), now)
  const register = taken && (await lockRegister(work, taken.registerId))
  if (!register) return enrolmentRefused()
  // what was sold meanwhile at the device that would be replaced: whoever made the code did not know of it
  if (!taken.loseUnsent && (await unsentOf(work, register.id))) return enrolmentRefused()
  const { tenantId, prisma } = work
  const { id, storeId } = register
  const store = await prisma.store.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: storeId } } })
  const replaced = await endRegisterKeys(work, id, now)
  await endSessions(context, work, { registerId: id }, 'REGISTER_REVOKED')
  await prisma.registerKey.create({ data: { tenantId, thumbprint, registerId: id, publicKey, enrolledAt: now } })
  await prisma.register.update({
    where: { tenantId_id: { tenantId, id } },
    data: { revokedAt: null, version: { increment: 1 } },
  })
  await record(
    context,
    work,
    {
      action: 'register.enrolled',
      subject: 'REGISTER',
      subjectId: id,
      storeId,
      before: { keys: replaced },
      after: { key: thumbprint, codeBy: taken.createdBy },
    },
    anonymous,
  )
  return {
    __typename: 'EnrolRegisterSuccess' as const,
    registerId: id,
    registerName: register.name,
    storeId,
    storeName: store.name,
    tenantId,
    keyId: thumbprint,
  }
}
