import type { Data } from './merge.ts'

/** The types of which an object must be for the path to lead on. */
export type TypeFilter = ReadonlySet<string>

/** A path of a plan: response names, "@" for every item of a list, and the types that are meant. */
export type PlanPath = readonly (string | TypeFilter)[]
export type ResponsePath = (string | number)[]

/** Reads what a plan writes: `people`, `@`, and either with types, as in `@|[Person,Robot]`. */
export function planPath(elements: readonly (string | number)[]): PlanPath {
  return elements.flatMap((element): (string | TypeFilter)[] => {
    const [name = '', types] = String(element).split('|')
    const filter = types === undefined ? [] : [new Set(types.slice(1, -1).split(','))]
    return name === '' ? filter : [name, ...filter]
  })
}

/** Where in the answer the first list of a path begins, or the path ends. */
export function placeOfList(path: PlanPath): ResponsePath {
  const list = path.indexOf('@')
  return path.slice(0, list < 0 ? path.length : list).filter(element => typeof element === 'string')
}

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
    const element = path[index] as string | TypeFilter
    if (typeof element === 'string') current = (current as Data)[element]
    else if (!element.has(String((current as Data).__typename))) return
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
    const element = path[depth] as string | TypeFilter
    if (typeof element === 'string') {
      descendWithPlace((value as Data)[element], path, depth + 1, [...place, element], found)
    } else if (element.has(String((value as Data).__typename))) {
      descendWithPlace(value, path, depth + 1, place, found)
    }
  }
}
