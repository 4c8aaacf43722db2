import { holdsCardNumber } from './card-number.ts'
import { InputFault } from './input-fault.ts'
import { parseNote } from './text.ts'
import { isUuid } from './uuid.ts'

/** Fields of inputs; each throws InputFault, which names the field. */

export function readId(field: string, given: string): string {
  if (!isUuid(given)) throw new InputFault(field, 'This must be a UUID in lower case.')
  return given
}

/** Free text; nothing given is empty text. */
export function readNote(field: string, given: string | null | undefined, charactersMost: number): string {
  return withoutCardNumber(
    field,
    InputFault.at(field, () => parseNote(given ?? '', charactersMost)),
  )
}

/** Card numbers are refused wherever somebody could write one. */
export function withoutCardNumber(field: string, text: string): string {
  if (holdsCardNumber(text)) throw new InputFault(field, 'This text must not hold the number of a payment card.')
  return text
}
