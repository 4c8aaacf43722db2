import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { ResetPasswordInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { checkPassword } from '../domain/password.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { credentialsOfUser, setPassword } from '../store/user.ts'
import { administerUser, isAdministered } from './administer-user.ts'
import { onlyStore } from './create-user.ts'
import { endSessions } from './end-sessions.ts'
import { record } from './record.ts'

/** Sets the password of somebody whom the caller may change, and ends their sign-ins. */
export async function resetPassword(context: Context, input: ResetPasswordInput) {
  const { tenantId } = requireCaller(context)
  // first whether the caller may: what is wrong with a password must not tell that there is such a person
  const allowed = await context.database.write(tenantId, work => administerUser(context, work, input.userId))
  if (!isAdministered(allowed)) return allowed
  const known = isUuid(input.userId) ? await credentialsOfUser(context.database, tenantId, input.userId) : undefined
  if (!known) return notFound()
  const read = readInput(() => ({ password: checkPassword('newPassword', input.newPassword, known) }))
  if (isInvalid(read)) return read
  const passwordHash = await context.passwords.hash(read.password)
  return context.database.write(tenantId, async work => {
    const found = await administerUser(context, work, input.userId)
    if (!isAdministered(found)) return found
    const { user, grants } = found
    await setPassword(work, user.id, passwordHash)
    const ended = await endSessions(context, work, { userId: user.id }, 'REVOKED')
    const storeId = onlyStore(grants)
    await record(context, work, { action: 'user.password_reset', subject: 'USER', subjectId: user.id, storeId })
    return { __typename: 'ResetPasswordSuccess' as const, endedSessions: ended.length }
  })
}
