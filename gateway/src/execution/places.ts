import type { Data } from './merge.ts'

/** A path of a plan: response names, and "@" for every item of a list. */
export type PlanPath = readonly (string | number)[]
export type ResponsePath = (string | number)[]

/** All objects at a path, in order; nulls are left out. */
export function objectsAt(data: Data, path: PlanPath): Data[] {
  const found: Data[] = []
  descend(data, path, 0, found)
  return found
}

function descend(value: unknown, path: PlanPath, depth: number, found: Data[]): void {
  let current = value
  for (let index = depth; ; index++) {
    if (typeof current !== 'object' || current === null) return
    if (Array.isArray(current)) {
      const rest = path[index] === '@' ? index + 1 : index
      for (const item of current) descend(item, path, rest, found)
      return
    }
    if (index === path.length) {
      found.push(current as Data)
      return
    }
    current = (current as Data)[path[index] as string]
  }
}

/** Where each of those objects stands in the answer: the same walk, taken only when an error must be placed. */
export function placesOf(data: Data, path: PlanPath): ResponsePath[] {
  const found: ResponsePath[] = []
  descendWithPlace(data, path, 0, [], found)
  return found
}

function descendWithPlace(
  value: unknown,
  path: PlanPath,
  depth: number,
  place: ResponsePath,
  found: ResponsePath[],
): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    const rest = path[depth] === '@' ? depth + 1 : depth
    value.forEach((item, index) => {
      descendWithPlace(item, path, rest, [...place, index], found)
    })
  } else if (depth === path.length) found.push(place)
  else {
    const name = path[depth] as string
    descendWithPlace((value as Data)[name], path, depth + 1, [...place, name], found)
  }
}
