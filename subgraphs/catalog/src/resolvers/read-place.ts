import { refusal } from '@tillgraph/kit/errors'
import type { PageRequest } from '@tillgraph/kit/pages'
import { isUuid } from '@tillgraph/rules/uuid'

/** Checks the place in a cursor: who writes a cursor of their own is told so, as for any that is not of this list. */
export function checkPlace<Place extends readonly string[]>(
  page: PageRequest<Place>,
  fits: (place: Place) => boolean = () => true,
): PageRequest<Place> {
  const { after } = page
  if (after && (after.some(part => part.includes('\0')) || !fits(after)))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  return page
}

/** Whether a place ends in an id, as nearly all do. */
export function endsInId(place: readonly string[]): boolean {
  return isUuid(place.at(-1) ?? '')
}
