import type { DeliveryPositionResolvers, GeoPointResolvers } from '../../generated/graphql.ts'
import { MILLIONTHS } from '../domain/geometry.ts'

/** Kept in whole millionths, told in degrees. */
export const GeoPoint: GeoPointResolvers = {
  latitude: ({ latitude }) => latitude / MILLIONTHS,
  longitude: ({ longitude }) => longitude / MILLIONTHS,
}

export const DeliveryPosition: DeliveryPositionResolvers = {
  latitude: ({ latitude }) => latitude / MILLIONTHS,
  longitude: ({ longitude }) => longitude / MILLIONTHS,
}
