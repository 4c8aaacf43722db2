import type { CurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import { checkPolygon, coversPoint, distanceInMetres, type Point, type Polygon, readPoint } from './geometry.ts'
import { faultOfWindow, type Window, type WindowFault, type WindowRules } from './window.ts'

export interface PolygonArea extends Polygon {
  readonly kind: 'POLYGON'
}

export interface DistanceArea {
  readonly kind: 'DISTANCE'
  readonly center: Point
  readonly metres: number
}

export type Area = PolygonArea | DistanceArea

/** Where a store brings orders, and on which terms. Amounts in the smallest unit of the store's currency. */
export interface DeliveryZone {
  readonly id: string
  readonly storeId: string
  readonly name: string
  readonly area: Area
  readonly currency: CurrencyCode
  readonly fee: bigint
  readonly minimumOrder: bigint | null
  readonly windows: WindowRules
  readonly version: number
  readonly archivedAt: Date | null
}

export const ZONES_MOST = 50
const METRES_MOST = 100_000

interface GivenPoint {
  readonly latitude: number
  readonly longitude: number
}

interface GivenArea {
  readonly polygon?:
    | {
        readonly outline: readonly GivenPoint[]
        readonly holes?: readonly (readonly GivenPoint[])[] | null | undefined
      }
    | null
    | undefined
  readonly distance?: { readonly center: GivenPoint; readonly metres: number } | null | undefined
}

/** Reads an area; one of the two must be given. Throws InputFault. */
export function readArea(given: GivenArea): Area {
  const { polygon, distance } = given
  if (!polygon === !distance) throw new InputFault('area', 'Give either a polygon or a distance.')
  if (distance) {
    if (distance.metres < 1 || distance.metres > METRES_MOST)
      throw new InputFault('area.distance.metres', `This must be from 1 to ${METRES_MOST}.`)
    return { kind: 'DISTANCE', center: readPoint('area.distance.center', distance.center), metres: distance.metres }
  }
  const ringOf = (field: string, ring: readonly GivenPoint[]) =>
    ring.map((point, index) => readPoint(`${field}.${index}`, point))
  const area: PolygonArea = {
    kind: 'POLYGON',
    outline: ringOf('area.polygon.outline', polygon?.outline ?? []),
    holes: (polygon?.holes ?? []).map((hole, index) => ringOf(`area.polygon.holes.${index}`, hole)),
  }
  checkPolygon('area.polygon', area)
  return area
}

export function covers(area: Area, point: Point): boolean {
  return area.kind === 'POLYGON' ? coversPoint(area, point) : distanceInMetres(area.center, point) <= area.metres
}

/** What a delivery would be made on, or the reason why not. */
export type Terms =
  | { readonly kind: 'offered'; readonly zone: DeliveryZone }
  | { readonly kind: 'outside' }
  | { readonly kind: 'belowMinimum'; readonly zone: DeliveryZone; readonly minimumOrder: bigint }
  | { readonly kind: 'notThen'; readonly fault: WindowFault }

/**
 * The cheapest zone that covers a place and takes the order; of two that cost the same, the one whose id is less. Where
 * none takes it, the reason is that of the cheapest one.
 */
export function termsFor(
  zones: readonly DeliveryZone[],
  asked: { readonly place: Point; readonly orderTotal: bigint; readonly window: Window | undefined },
  now: Date,
  timeZone: string,
): Terms {
  const reached = zones
    .filter(zone => zone.archivedAt === null && covers(zone.area, asked.place))
    .sort((a, b) => (a.fee === b.fee ? (a.id < b.id ? -1 : 1) : a.fee < b.fee ? -1 : 1))
  const terms = reached.map((zone): Terms => {
    if (zone.minimumOrder !== null && asked.orderTotal < zone.minimumOrder)
      return { kind: 'belowMinimum', zone, minimumOrder: zone.minimumOrder }
    const fault = asked.window && faultOfWindow(zone.windows, asked.window, now, timeZone)
    return fault ? { kind: 'notThen', fault } : { kind: 'offered', zone }
  })
  return terms.find(({ kind }) => kind === 'offered') ?? terms[0] ?? { kind: 'outside' }
}
