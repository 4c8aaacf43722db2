import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Permission } from '@tillgraph/rules/permissions'
import { isUuid } from '@tillgraph/rules/uuid'
import { type Context, peerCaller } from '../../context.ts'

/** A till where the caller may do something, or the one that the access token was given to; undefined where not. */
export async function findRegister(context: Context, given: string | null | undefined, permission: Permission) {
  const caller = requireCaller(context)
  const registerId = given ?? caller.registerId
  if (registerId === undefined || !isUuid(registerId)) return undefined
  const storeId = await context.directory.storeOfRegister(peerCaller(context), registerId)
  return storeId !== undefined && caller.may(permission, storeId) ? { registerId, storeId } : undefined
}
