import { parseName } from '@tillgraph/rules/names'
import { isUuid } from '@tillgraph/rules/uuid'
import type { CreateRegisterInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { fold } from '../domain/fold.ts'
import { alreadyUsedDifferently, field, isInvalid, nameTaken, notFound, readInput } from '../domain/problems.ts'
import { isStore } from '../store/store.ts'
import { type Asked, change } from './change.ts'
import { readId } from './read-id.ts'
import { record } from './record.ts'

/** A new till of a store, which no device is yet. */
export async function createRegister(context: Context, input: CreateRegisterInput, info: Asked['info']) {
  const given = readInput(() => {
    readId('id', input.id)
    return { storeId: input.storeId, name: field('name', () => parseName(input.name)) }
  })
  if (isInvalid(given)) return given
  const { storeId, name } = given
  return change(
    context,
    { info, named: input.id, content: given },
    async work => {
      if (!isUuid(storeId) || !(await isStore(work, storeId))) return notFound()
      const id = input.id ?? context.makeId()
      const { tenantId } = work
      const createdAt = context.clock.now()
      await work.prisma.register.create({ data: { tenantId, id, storeId, name, nameKey: fold(name), createdAt } })
      await record(context, work, {
        action: 'register.created',
        subject: 'REGISTER',
        subjectId: id,
        storeId,
        after: { name },
      })
      return { __typename: 'CreateRegisterSuccess' as const, tenantId, registerId: id }
    },
    { register_name_taken: nameTaken, register_pkey: alreadyUsedDifferently },
  )
}
