import { InputFault } from '@tillgraph/rules/input-fault'

/** A point in whole millionths of a degree, WGS 84: a tenth of a metre, and exact to compute with. */
export interface Point {
  readonly latitude: number
  readonly longitude: number
}

/** A closed line; the last point is joined with the first. */
export type Ring = readonly Point[]

export interface Polygon {
  readonly outline: Ring
  readonly holes: readonly Ring[]
}

export const MILLIONTHS = 1_000_000
const EARTH_RADIUS_METRES = 6_371_008.8
const RING_POINTS_MOST = 500
const HOLES_MOST = 10
/** Within this reach products of differences are exact, and nobody brings an order further. */
const REACH_DEGREES_MOST = 5
const HALF_A_TURN_DEGREES = 180

/** A point as it was given, in degrees; finer than a millionth is rounded. */
export function readPoint(field: string, given: { readonly latitude: number; readonly longitude: number }): Point {
  return {
    latitude: readDegrees(`${field}.latitude`, given.latitude, 90),
    longitude: readDegrees(`${field}.longitude`, given.longitude, 180),
  }
}

function readDegrees(field: string, degrees: number, most: number): number {
  if (!Number.isFinite(degrees) || Math.abs(degrees) > most)
    throw new InputFault(field, `This must be a number of degrees from -${most} to ${most}.`)
  // no negative zero: it would be told as one
  return Math.round(degrees * MILLIONTHS) + 0
}

/** Checks that a polygon is one that can be computed with. Throws InputFault. */
export function checkPolygon(field: string, { outline, holes }: Polygon): void {
  if (holes.length > HOLES_MOST) throw new InputFault(`${field}.holes`, `There can be at most ${HOLES_MOST} holes.`)
  checkRing(`${field}.outline`, outline)
  for (const [index, hole] of holes.entries()) {
    checkRing(`${field}.holes.${index}`, hole)
    if (!hole.every(point => isInRing(point, outline) !== 'outside'))
      throw new InputFault(`${field}.holes.${index}`, 'A hole lies within the outline.')
  }
}

function checkRing(field: string, ring: Ring): void {
  if (ring.length < 3 || ring.length > RING_POINTS_MOST)
    throw new InputFault(field, `This must have 3 to ${RING_POINTS_MOST} points.`)
  const reach = (of: (point: Point) => number) => Math.max(...ring.map(of)) - Math.min(...ring.map(of))
  const eastWest = reach(({ longitude }) => longitude)
  if (eastWest > HALF_A_TURN_DEGREES * MILLIONTHS)
    throw new InputFault(field, 'A zone cannot cross the 180th meridian: make one on either side of it.')
  if (
    Math.max(
      eastWest,
      reach(({ latitude }) => latitude),
    ) >
    REACH_DEGREES_MOST * MILLIONTHS
  )
    throw new InputFault(field, `A zone reaches over ${REACH_DEGREES_MOST} degrees at the most.`)
  if (twiceArea(ring) === 0) throw new InputFault(field, 'This line encloses nothing.')
}

function twiceArea(ring: Ring): number {
  const [origin] = ring
  if (!origin) return 0
  return edgesOf(ring).reduce((sum, [from, to]) => sum + turn(origin, from, to), 0)
}

/** Whether a polygon covers a point. Its outline belongs to it, and so do the edges of its holes. */
export function coversPoint({ outline, holes }: Polygon, point: Point): boolean {
  return isInRing(point, outline) !== 'outside' && holes.every(hole => isInRing(point, hole) !== 'inside')
}

/** Where a point lies, by the even-odd rule, in exact arithmetic. */
export function isInRing(point: Point, ring: Ring): 'inside' | 'edge' | 'outside' {
  if (!isInBounds(point, ring)) return 'outside'
  let inside = false
  for (const [from, to] of edgesOf(ring)) {
    const side = turn(from, to, point)
    if (side === 0 && isBetween(from, to, point)) return 'edge'
    const upward = from.latitude <= point.latitude && to.latitude > point.latitude
    const downward = to.latitude <= point.latitude && from.latitude > point.latitude
    if ((upward && side > 0) || (downward && side < 0)) inside = !inside
  }
  return inside ? 'inside' : 'outside'
}

function isInBounds({ latitude, longitude }: Point, ring: Ring): boolean {
  return (
    ring.some(point => point.latitude <= latitude) &&
    ring.some(point => point.latitude >= latitude) &&
    ring.some(point => point.longitude <= longitude) &&
    ring.some(point => point.longitude >= longitude)
  )
}

function edgesOf(ring: Ring): [Point, Point][] {
  return ring.map((point, index) => [point, ring[(index + 1) % ring.length] ?? point])
}

/** Above zero when the way over b to c turns left, zero when they lie on one line. */
function turn(a: Point, b: Point, c: Point): number {
  return (
    (b.longitude - a.longitude) * (c.latitude - a.latitude) - (b.latitude - a.latitude) * (c.longitude - a.longitude)
  )
}

function isBetween(from: Point, to: Point, { latitude, longitude }: Point): boolean {
  return (
    Math.min(from.latitude, to.latitude) <= latitude &&
    latitude <= Math.max(from.latitude, to.latitude) &&
    Math.min(from.longitude, to.longitude) <= longitude &&
    longitude <= Math.max(from.longitude, to.longitude)
  )
}

/** As the crow flies, on a sphere: within half a percent of the truth. */
export function distanceInMetres(a: Point, b: Point): number {
  const radians = (millionths: number) => (millionths / MILLIONTHS) * (Math.PI / 180)
  const halfSine = (angle: number) => Math.sin(angle / 2) ** 2
  const h =
    halfSine(radians(b.latitude - a.latitude)) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * halfSine(radians(b.longitude - a.longitude))
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(h)))
}
