import type { Store } from '@tillgraph/kit/known-stores'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { Context } from '../context.ts'

/** A store of the caller's business; undefined where there is none of that id. */
export async function findStore(context: Context, storeId: string): Promise<Store | undefined> {
  return isUuid(storeId) ? context.stores.find(requireCaller(context).tenantId, storeId, context.requestId) : undefined
}
