import { refusal } from '@tillgraph/kit/errors'
import { type PageRequest, readPage } from '@tillgraph/kit/pages'
import { isUuid } from '@tillgraph/rules/uuid'

/** A place in a list: what it is sorted by, and the id that decides between equals. */
export type Place = readonly [string, string]

interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Reads the page of a list that is sorted by a text. */
export function readPageByText(order: string, given: PageArguments): PageRequest<Place> {
  return checked(order, given, () => true)
}

/** Reads the page of a list that is sorted by a time. */
export function readPageByTime(order: string, given: PageArguments): PageRequest<Place> {
  return checked(order, given, text => INSTANT.test(text) && !Number.isNaN(Date.parse(text)))
}

/** Reads the page of a list that is sorted by a whole number. */
export function readPageByNumber(order: string, given: PageArguments): PageRequest<Place> {
  return checked(order, given, text => /^\d{1,9}$/.test(text))
}

/** A cursor is a client's text like any other: what it holds must be able to stand in a statement. */
function checked(order: string, given: PageArguments, isPlace: (text: string) => boolean): PageRequest<Place> {
  const page = readPage<Place>(order, 2, given)
  if (page.after && !(isPlace(page.after[0]) && isUuid(page.after[1]) && !page.after[0].includes('\0')))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  return page
}
