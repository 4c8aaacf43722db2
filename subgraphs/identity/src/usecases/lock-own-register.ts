import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Permission } from '@tillgraph/rules/permissions'
import { isUuid } from '@tillgraph/rules/uuid'
import type { Context } from '../context.ts'
import type { Register } from '../domain/register.ts'
import type { Work } from '../services.ts'
import { lockRegister } from '../store/register.ts'

/** A till at whose store the caller may do this, for a change; one of another store is as if it did not exist. */
export async function lockOwnRegister(
  context: Context,
  work: Work,
  id: string,
  permission: Permission,
): Promise<Register | undefined> {
  const register = isUuid(id) ? await lockRegister(work, id) : undefined
  return register && requireCaller(context).may(permission, register.storeId) ? register : undefined
}
