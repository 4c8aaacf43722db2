import type { Resolvers } from '../generated/graphql.ts'
import {
  assignDelivery,
  completeDelivery,
  createDelivery,
  createTrackingLink,
  departDelivery,
  failDelivery,
  pickUpDelivery,
  reportPosition,
  retryDelivery,
  returnDelivery,
  revokeTrackingLink,
  unassignDelivery,
} from './resolvers/change-deliveries.ts'
import { Courier, courier, couriers, createCourier, updateCourier } from './resolvers/couriers.ts'
import { Delivery, deliveries, delivery, myDeliveries, Order } from './resolvers/deliveries.ts'
import { courierDeliveries, deliveryChanged, storeDeliveries } from './resolvers/live.ts'
import { DeliveryPosition, GeoPoint } from './resolvers/points.ts'
import { trackDelivery, trackDeliveryLive } from './resolvers/tracking.ts'
import {
  archiveDeliveryZone,
  createDeliveryZone,
  DeliveryZone,
  deliveryZone,
  deliveryZones,
  quoteDelivery,
  updateDeliveryZone,
} from './resolvers/zones.ts'

export const resolvers: Resolvers = {
  Query: {
    delivery,
    deliveries,
    myDeliveries,
    courier,
    couriers,
    deliveryZone,
    deliveryZones,
    quoteDelivery,
    trackDelivery,
  },
  Mutation: {
    createDeliveryZone,
    updateDeliveryZone,
    archiveDeliveryZone,
    createCourier,
    updateCourier,
    createDelivery,
    assignDelivery,
    unassignDelivery,
    pickUpDelivery,
    departDelivery,
    completeDelivery,
    failDelivery,
    retryDelivery,
    returnDelivery,
    reportPosition,
    createTrackingLink,
    revokeTrackingLink,
  },
  Subscription: { deliveryChanged, storeDeliveries, courierDeliveries, trackDelivery: trackDeliveryLive },
  Order,
  Delivery,
  Courier,
  DeliveryZone,
  GeoPoint,
  DeliveryPosition,
}
