import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Quantity } from '@tillgraph/rules/quantity'
import { actorOf, type Context } from '../context.ts'
import { untouchedStock } from '../domain/stock.ts'
import { tellAfterCommit } from '../store/move-stock.ts'
import { setThreshold } from '../store/settings.ts'
import { loadStocks } from '../store/stocks.ts'

/** Said again, it changes nothing. */
export async function setLowStockThreshold(
  context: Context,
  setting: { readonly storeId: string; readonly productId: string; readonly threshold: Quantity | null },
) {
  const { storeId, productId } = setting
  const { tenantId } = requireCaller(context)
  await context.database.write(tenantId, async session => {
    await setThreshold(session, { ...setting, now: context.clock.now(), actor: actorOf(context) })
    tellAfterCommit(session, storeId, context.changed)
  })
  const [stock] = await loadStocks(context.database, tenantId, [{ storeId, productId }])
  return { __typename: 'SetLowStockThresholdSuccess', stock: stock ?? untouchedStock(storeId, productId) } as const
}
