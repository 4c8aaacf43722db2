import { describe, expect, test } from 'vitest'
import { Random } from '../../../../tests/support/random.ts'
import {
  checkPolygon,
  coversPoint,
  distanceInMetres,
  isInRing,
  type Point,
  type Polygon,
  readPoint,
} from './geometry.ts'

const at = (latitude: number, longitude: number): Point => readPoint('point', { latitude, longitude })
const square = (from: number, to: number) => [at(from, from), at(from, to), at(to, to), at(to, from)]
const ringWithHole: Polygon = { outline: square(0, 4), holes: [square(1, 3)] }

describe('a polygon', () => {
  test('covers what is within it, and its own edges and corners', () => {
    expect(isInRing(at(2, 2), square(0, 4))).toBe('inside')
    for (const point of [at(0, 0), at(4, 4), at(0, 2), at(2, 4), at(4, 1)]) {
      expect(isInRing(point, square(0, 4))).toBe('edge')
      expect(coversPoint(ringWithHole, point)).toBe(true)
    }
    for (const point of [at(4.000001, 2), at(-0.000001, 0), at(2, 9), at(-80, 170)])
      expect(isInRing(point, square(0, 4))).toBe('outside')
  })

  test('does not cover its holes, but their edges', () => {
    expect(coversPoint(ringWithHole, at(2, 2))).toBe(false)
    expect(coversPoint(ringWithHole, at(1, 2))).toBe(true)
    expect(coversPoint(ringWithHole, at(3, 3))).toBe(true)
    expect(coversPoint(ringWithHole, at(0.5, 2))).toBe(true)
  })

  test('counts a corner that the ray passes through once', () => {
    const diamond = [at(0, 2), at(2, 4), at(4, 2), at(2, 0)]
    expect(isInRing(at(2, 2), diamond)).toBe('inside')
    expect(isInRing(at(2, -1), diamond)).toBe('outside')
    expect(isInRing(at(0, 0), diamond)).toBe('outside')
    expect(isInRing(at(4, 0), diamond)).toBe('outside')
  })

  test('agrees with a count of crossings by another way, whatever the polygon, wherever it begins and however it turns', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
    console.info(`seed ${seed}`)
    const random = new Random(seed)
    for (let run = 0; run < 300; run++) {
      // star-shaped around the middle, so that the angle tells what is within
      const corners = random.between(3, 14)
      const radii = Array.from({ length: corners }, () => random.between(100_000, 999_999))
      const ring = radii.map((radius, corner) => {
        const angle = (2 * Math.PI * corner) / corners
        return { latitude: Math.round(radius * Math.sin(angle)), longitude: Math.round(radius * Math.cos(angle)) }
      })
      const start = random.below(corners)
      const turned = [...ring.slice(start), ...ring.slice(0, start)]
      const point = {
        latitude: Math.round((random.next() - 0.5) * 2_000_000),
        longitude: Math.round((random.next() - 0.5) * 2_000_000),
      }
      const place = isInRing(point, ring)
      expect(isInRing(point, turned), `seed ${seed}, run ${run}`).toBe(place)
      expect(isInRing(point, [...turned].reverse()), `seed ${seed}, run ${run}`).toBe(place)
      if (place !== 'edge') expect(windings(point, ring) !== 0, `seed ${seed}, run ${run}`).toBe(place === 'inside')
    }
  })

  test('is refused when it crosses the 180th meridian, is too large, encloses nothing or has a hole outside', () => {
    const refused = (polygon: Polygon, message: RegExp) => expect(() => checkPolygon('area', polygon)).toThrow(message)
    refused({ outline: [at(0, 179), at(0, -179), at(1, -179)], holes: [] }, /180th meridian/)
    refused({ outline: square(0, 6), holes: [] }, /5 degrees/)
    refused({ outline: [at(0, 0), at(1, 1), at(2, 2)], holes: [] }, /encloses nothing/)
    refused({ outline: [at(0, 0), at(1, 1)], holes: [] }, /3 to 500/)
    refused({ outline: square(0, 1), holes: [square(2, 3)] }, /within the outline/)
    expect(() => checkPolygon('area', ringWithHole)).not.toThrow()
  })
})

test('a point is a place on earth', () => {
  for (const [latitude, longitude] of [
    [90.1, 0],
    [0, 180.1],
    [Number.NaN, 0],
    [0, Number.POSITIVE_INFINITY],
  ] as const)
    expect(() => at(latitude, longitude)).toThrow(/degrees/)
})

test('distances are those of the sphere', () => {
  const paris = at(48.8566, 2.3522)
  const london = at(51.5074, -0.1278)
  expect(distanceInMetres(paris, london) / 1_000).toBeCloseTo(343.6, 0)
  expect(distanceInMetres(paris, paris)).toBe(0)
  expect(distanceInMetres(london, paris)).toBeCloseTo(distanceInMetres(paris, london), 6)
  // from pole to pole, and over the 180th meridian
  expect(distanceInMetres(at(90, 0), at(-90, 0)) / 1_000).toBeCloseTo(20_015.1, 0)
  expect(distanceInMetres(at(0, 179.5), at(0, -179.5)) / 1_000).toBeCloseTo(111.2, 0)
})

/** How often a ring goes round a point, by the angles under which its corners are seen. */
function windings(point: Point, ring: readonly Point[]): number {
  const angleOf = (corner: Point) => Math.atan2(corner.latitude - point.latitude, corner.longitude - point.longitude)
  let sum = 0
  for (const [index, corner] of ring.entries()) {
    let turned = angleOf(ring[(index + 1) % ring.length] ?? corner) - angleOf(corner)
    if (turned > Math.PI) turned -= 2 * Math.PI
    if (turned < -Math.PI) turned += 2 * Math.PI
    sum += turned
  }
  return Math.round(sum / (2 * Math.PI))
}
