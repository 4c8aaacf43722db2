import { parseName } from '@tillgraph/rules/names'
import type { RenameRegisterInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { fold } from '../domain/fold.ts'
import { changedMeanwhile, field, isInvalid, nameTaken, notFound, readInput } from '../domain/problems.ts'
import { type Asked, change } from './change.ts'
import { lockOwnRegister } from './lock-own-register.ts'
import { difference, record } from './record.ts'

/** Gives a till another name. */
export async function renameRegister(context: Context, input: RenameRegisterInput, info: Asked['info']) {
  const given = readInput(() => ({ name: field('name', () => parseName(input.name)) }))
  if (isInvalid(given)) return given
  return change(
    context,
    { info, content: input },
    async work => {
      const register = await lockOwnRegister(context, work, input.id, 'identity.register.enrol')
      if (!register) return notFound()
      if (typeof input.version === 'number' && input.version !== register.version) return changedMeanwhile()
      const changed = difference({ name: register.name }, given)
      const { id, storeId } = register
      const { tenantId } = work
      if (changed) {
        await work.prisma.register.update({
          where: { tenantId_id: { tenantId, id } },
          data: { name: given.name, nameKey: fold(given.name), version: { increment: 1 } },
        })
        await record(context, work, {
          action: 'register.renamed',
          subject: 'REGISTER',
          subjectId: id,
          storeId,
          ...changed,
        })
      }
      return { __typename: 'RenameRegisterSuccess' as const, tenantId, registerId: id }
    },
    { register_name_taken: nameTaken },
  )
}
