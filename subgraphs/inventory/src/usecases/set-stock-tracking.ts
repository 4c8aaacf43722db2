import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { setTracking } from '../store/settings.ts'

/** Said again, it changes nothing. */
export async function setStockTracking(context: Context, productId: string, tracked: boolean) {
  await context.database.write(requireCaller(context).tenantId, session => setTracking(session, productId, tracked))
  return { __typename: 'SetStockTrackingSuccess', product: { id: productId } } as const
}
