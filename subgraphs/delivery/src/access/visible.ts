import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import type { Courier } from '../domain/courier.ts'
import type { Delivery } from '../domain/delivery.ts'

/** The courier that the caller is; undefined for whoever is none. */
export async function ownCourier(context: Context): Promise<Courier | undefined> {
  const caller = requireCaller(context)
  return caller.kind === 'person' ? context.loaders.courierOfUser.load(caller.subject) : undefined
}

/** A delivery that the caller may see: of a store whose deliveries are theirs to read, their own to bring, or of an order of theirs. */
export async function visible(context: Context, delivery: Delivery | undefined): Promise<Delivery | null> {
  if (!delivery) return null
  const caller = requireCaller(context)
  if (caller.may('delivery.delivery.read', delivery.storeId)) return delivery
  if (caller.kind === 'partner')
    return delivery.partnerId === caller.subject && caller.may('delivery.own.read', delivery.storeId) ? delivery : null
  if (delivery.courierId === null || !caller.may('delivery.own.read', delivery.storeId)) return null
  return (await ownCourier(context))?.id === delivery.courierId ? delivery : null
}

/** Whether the caller may take a delivery further; `all` where that goes for every delivery of its store. */
export async function updateRight(context: Context): Promise<(delivery: Delivery) => 'all' | 'own' | undefined> {
  const caller = requireCaller(context)
  const own = await ownCourier(context)
  return ({ storeId, courierId }) => {
    if (caller.may('delivery.delivery.update', storeId)) return 'all'
    return courierId !== null && own?.id === courierId && caller.may('delivery.own.update', storeId) ? 'own' : undefined
  }
}
