import type { Vehicle } from './courier.ts'
import { distanceInMetres, type Point } from './geometry.ts'

// through a town, stops at lights included
const METRES_PER_SECOND: Readonly<Record<Vehicle, number>> = { FOOT: 1.3, BICYCLE: 4, SCOOTER: 6, CAR: 7 }
/** How much longer streets are than the way as the crow flies. */
const DETOUR = 1.35
/** At a door: parking, ringing, handing over. */
const SECONDS_PER_STOP = 180

/**
 * When a courier who is at `from` arrives at each of the stops, taken in the order in which they stand; a stop that
 * nobody knows the place of any more has no time, and takes none.
 */
export function arrivals(from: Point, stops: readonly (Point | null)[], vehicle: Vehicle, now: Date): (Date | null)[] {
  let at = from
  let seconds = 0
  return stops.map(stop => {
    if (!stop) return null
    seconds += (distanceInMetres(at, stop) * DETOUR) / METRES_PER_SECOND[vehicle]
    const arrival = new Date(now.getTime() + Math.round(seconds) * 1_000)
    seconds += SECONDS_PER_STOP
    at = stop
    return arrival
  })
}
