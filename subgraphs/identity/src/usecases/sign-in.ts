import { isUuid } from '@tillgraph/rules/uuid'
import type { SignInInput } from '../../generated/graphql.ts'
import { claimedSubject, SIGN_IN_PROOF, verifyProof } from '../access/register-proof.ts'
import type { Context } from '../context.ts'
import { isInvalid, readInput, wrongCredentials } from '../domain/problems.ts'
import { parseDevice } from '../domain/session.ts'
import { byAccount } from '../domain/throttle.ts'
import { loginKey } from '../domain/user.ts'
import type { SignInOutcome } from '../outcomes.ts'
import { tenantOfSlug } from '../store/tenant.ts'
import { credentialsOfLogin, lockCredentials } from '../store/user.ts'
import { admit, countedBy, forgive } from './admit.ts'
import { startSession } from './start-session.ts'

const LOGIN_CHARACTERS_MOST = 300
/** No business has this id; who names one that is not there is looked up in it, which takes as long. */
const NO_TENANT = '00000000-0000-4000-8000-000000000000'

/** Signs in. Whatever does not fit, the answer is the same and takes as long. */
export async function signIn(context: Context, input: SignInInput) {
  const read = readInput(() => ({ device: parseDevice('device', input.device) }))
  if (isInvalid(read)) return read
  const slug = loginKey(input.tenant.slice(0, LOGIN_CHARACTERS_MOST))
  const login = loginKey(input.login.slice(0, LOGIN_CHARACTERS_MOST))
  const counted = countedBy(context, byAccount, JSON.stringify([slug, login]))
  const closed = await admit(context, counted)
  if (closed) return closed

  const tenantId = (await tenantOfSlug(context.database, slug)) ?? NO_TENANT
  const found = await credentialsOfLogin(context.database, tenantId, login)
  const fits = await context.passwords.verify(found?.passwordHash, input.password)
  if (!found || !fits || found.deactivatedAt !== null) return wrongCredentials()
  const registerId = await readRegister(context, tenantId, input.registerProof)
  if (registerId === undefined) return wrongCredentials()

  const started = await context.database.write(tenantId, async work => {
    // the password may have been changed, or the person sent away, since it was compared
    const user = await lockCredentials(work, found.id)
    if (user?.passwordHash !== found.passwordHash || user.deactivatedAt !== null) return undefined
    return startSession(context, work, { userId: found.id, device: read.device, registerId })
  })
  if (!started) return wrongCredentials()
  await forgive(context, counted)
  const outcome: SignInOutcome = { tenantId, userId: found.id, ...started }
  return { __typename: 'SignInSuccess' as const, ...outcome }
}

/** The till that somebody proves to be at; null when none is claimed, undefined when the proof is not good. */
async function readRegister(
  context: Context,
  tenantId: string,
  proof: string | null | undefined,
): Promise<string | null | undefined> {
  if (proof === null || proof === undefined) return null
  const registerId = claimedSubject(proof)
  if (registerId === undefined || !isUuid(registerId)) return undefined
  const keys = await context.load(tenantId).registerKeys.load(registerId)
  const good = keys.find(key => key.revokedAt === null)
  const payload = good && (await verifyProof(proof, good.publicKey, SIGN_IN_PROOF, context.clock.now()))
  return payload?.sub === registerId ? registerId : undefined
}
