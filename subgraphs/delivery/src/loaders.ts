import type { Database } from '@tillgraph/kit/database/session'
import { createListLoader, createLoader } from '@tillgraph/kit/loader'
import type { Courier } from './domain/courier.ts'
import type { Delivery, Position } from './domain/delivery.ts'
import type { DeliveryZone } from './domain/zone.ts'
import { loadCouriers, loadCouriersOfUsers } from './store/couriers.ts'
import { loadDeliveries, loadDeliveriesOfOrders } from './store/deliveries.ts'
import { loadTrails } from './store/trail.ts'
import { loadZones } from './store/zones.ts'

type One<Value> = ReturnType<typeof createLoader<string, Value>>

/** What one request loads, one statement for all that a tick of it asks for. */
export interface Loaders {
  readonly delivery: One<Delivery>
  readonly deliveryOfOrder: One<Delivery>
  readonly courier: One<Courier>
  readonly courierOfUser: One<Courier>
  readonly zone: One<DeliveryZone>
  readonly trail: ReturnType<typeof createListLoader<string, Position & { readonly deliveryId: string }>>
}

export function createLoaders(database: Database, tenantId: string): Loaders {
  return {
    delivery: createLoader(
      ids => loadDeliveries(database, tenantId, ids),
      ({ id }) => id,
    ),
    deliveryOfOrder: createLoader(
      ids => loadDeliveriesOfOrders(database, tenantId, ids),
      ({ orderId }) => orderId,
    ),
    courier: createLoader(
      ids => loadCouriers(database, tenantId, ids),
      ({ id }) => id,
    ),
    courierOfUser: createLoader(
      ids => loadCouriersOfUsers(database, tenantId, ids),
      ({ userId }) => userId,
    ),
    zone: createLoader(
      ids => loadZones(database, tenantId, ids),
      ({ id }) => id,
    ),
    trail: createListLoader(
      ids => loadTrails(database, tenantId, ids),
      ({ deliveryId }) => deliveryId,
    ),
  }
}
