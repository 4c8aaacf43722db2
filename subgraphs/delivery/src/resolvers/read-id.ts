import { refusal } from '@tillgraph/kit/errors'
import { InputFault } from '@tillgraph/rules/input-fault'
import { isUuid } from '@tillgraph/rules/uuid'

/** An id of an input; throws InputFault, which names the field. */
export function readId(field: string, given: string): string {
  if (!isUuid(given)) throw new InputFault(field, 'This must be a UUID in lower case.')
  return given
}

export function optionalId(field: string, given: string | null | undefined): string | undefined {
  return given == null ? undefined : readId(field, given)
}

/** The place of a cursor whose last part is an id. */
export function checkPlace(place: readonly string[] | undefined, isFirst: (text: string) => boolean): void {
  if (place && !(isFirst(place[0] ?? '') && isUuid(place[1] ?? '')))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

export const isInstant = (text: string) => INSTANT.test(text) && !Number.isNaN(Date.parse(text))
