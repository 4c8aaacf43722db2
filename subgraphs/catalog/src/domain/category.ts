import { parseName } from '@tillgraph/rules/names'
import { readField, refuseField } from './problems.ts'

export const CATEGORY_DEPTH_MOST = 8
export const CATEGORIES_MOST = 5_000
/** How many products an archived category may take along. */
export const PRODUCTS_ARCHIVED_MOST = 1_000
const POSITION_MOST = 1_000_000

/** A group of products. */
export interface Category {
  readonly id: string
  readonly parentId: string | null
  /** The numbers from the top down, each with a point behind it: 1.7.12. */
  readonly path: string
  readonly depth: number
  readonly name: string
  readonly position: number
  readonly version: number
  readonly archivedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export type Place = Pick<Category, 'id' | 'path' | 'depth'>

/** Where a category stands that is put into another, or at the top. */
export function placeIn(parent: Place | null, number: number): { readonly path: string; readonly depth: number } {
  return { path: `${parent?.path ?? ''}${number}.`, depth: (parent?.depth ?? 0) + 1 }
}

/** Whether a category is another one or stands beneath it. */
export function isWithin(place: Pick<Place, 'path'>, other: Pick<Place, 'path'>): boolean {
  return place.path.startsWith(other.path)
}

/** The range of paths that holds a category and all beneath it: from the path itself up to, and without, its end. */
export function subtreeEnd(path: string): string {
  // '/' follows '.', with which a path ends
  return `${path.slice(0, -1)}/`
}

/** Why a category cannot be moved beneath another, if it cannot. `height` is how many levels it has itself. */
export function refuseMove(moved: Place, height: number, parent: Place | null): 'IN_ITSELF' | 'TOO_DEEP' | undefined {
  if (parent && isWithin(parent, moved)) return 'IN_ITSELF'
  if ((parent?.depth ?? 0) + height > CATEGORY_DEPTH_MOST) return 'TOO_DEEP'
  return undefined
}

export function readCategoryName(text: string): string {
  return readField('name', () => parseName(text))
}

export function readPosition(position: number): number {
  if (!Number.isInteger(position) || position < 0 || position > POSITION_MOST)
    refuseField('position', 'A position is a whole number from 0 to 1,000,000.')
  return position
}

/** The paths of all that a category stands in, from the top down: 1. and 1.7. for 1.7.12. */
export function ancestorPaths(path: string): string[] {
  const numbers = path.split('.').slice(0, -2)
  return numbers.map((_, index) => `${numbers.slice(0, index + 1).join('.')}.`)
}
