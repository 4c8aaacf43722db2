import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { ChangePasswordInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { checkPassword } from '../domain/password.ts'
import { isInvalid, readInput, refuseField, wrongCredentials } from '../domain/problems.ts'
import { byAccount } from '../domain/throttle.ts'
import { credentialsOfUser, lockCredentials, setPassword } from '../store/user.ts'
import { admit, countedBy, forgive } from './admit.ts'
import { endSessions } from './end-sessions.ts'
import { record } from './record.ts'

/** Changes the caller's own password; whoever is signed in elsewhere in their name is out. */
export async function changePassword(context: Context, input: ChangePasswordInput) {
  const { tenantId, subject: userId, sessionId } = requireCaller(context)
  const counted = countedBy(context, byAccount, JSON.stringify([tenantId, userId]))
  const closed = await admit(context, counted)
  if (closed) return closed
  const known = await credentialsOfUser(context.database, tenantId, userId)
  const fits = await context.passwords.verify(known?.passwordHash, input.currentPassword)
  if (!known || !fits || known.deactivatedAt !== null) return wrongCredentials()
  await forgive(context, counted)

  const read = readInput(() => {
    const password = checkPassword('newPassword', input.newPassword, known)
    if (password === input.currentPassword) refuseField('newPassword', 'The new password must be another one.')
    return { password }
  })
  if (isInvalid(read)) return read
  const passwordHash = await context.passwords.hash(read.password)
  return context.database.write(tenantId, async work => {
    const user = await lockCredentials(work, userId)
    if (user?.passwordHash !== known.passwordHash) return wrongCredentials()
    await setPassword(work, userId, passwordHash)
    const ended = await endSessions(context, work, { userId, butNot: sessionId }, 'REVOKED')
    await record(context, work, { action: 'user.password_changed', subject: 'USER', subjectId: userId })
    return { __typename: 'ChangePasswordSuccess' as const, endedSessions: ended.length }
  })
}
