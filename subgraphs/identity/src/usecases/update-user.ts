import { parseName } from '@tillgraph/rules/names'
import type { UpdateUserInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { parseEmail } from '../domain/contact.ts'
import { fold } from '../domain/fold.ts'
import { present } from '../domain/present.ts'
import {
  changedField,
  changedMeanwhile,
  emailTaken,
  isInvalid,
  optionalField,
  readInput,
  userNameTaken,
} from '../domain/problems.ts'
import { parseUserName } from '../domain/user.ts'
import { administerUser, isAdministered } from './administer-user.ts'
import { type Asked, change } from './change.ts'
import { onlyStore } from './create-user.ts'
import { difference, record } from './record.ts'

/** Changes a person's names and e-mail. */
export async function updateUser(context: Context, input: UpdateUserInput, info: Asked['info']) {
  const given = readInput(() => ({
    userName: optionalField('userName', input.userName, parseUserName),
    email: changedField('email', input.email, parseEmail),
    displayName: optionalField('displayName', input.displayName, parseName),
  }))
  if (isInvalid(given)) return given
  const { userName, email, displayName } = given
  return change(
    context,
    { info, content: input },
    async work => {
      const found = await administerUser(context, work, input.id)
      if (!isAdministered(found)) return found
      const { user, grants } = found
      if (typeof input.version === 'number' && input.version !== user.version) return changedMeanwhile()
      const { tenantId } = work
      const values = { userName: userName?.text, email: email === null ? null : email?.text, displayName }
      const changed = difference({ ...user }, values)
      if (changed) {
        const keys = {
          userNameKey: userName?.key,
          emailKey: email === null ? null : email?.key,
          nameKey: displayName === undefined ? undefined : fold(displayName),
        }
        await work.prisma.userAccount.update({
          where: { tenantId_id: { tenantId, id: user.id } },
          data: { ...present({ ...values, ...keys }), version: { increment: 1 } },
        })
        const storeId = onlyStore(grants)
        await record(context, work, {
          action: 'user.updated',
          subject: 'USER',
          subjectId: user.id,
          storeId,
          ...changed,
        })
      }
      return { __typename: 'UpdateUserSuccess' as const, tenantId, userId: user.id }
    },
    { user_account_user_name_taken: userNameTaken, user_account_email_taken: emailTaken },
  )
}
