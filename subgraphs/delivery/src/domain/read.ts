import type { CurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import { withoutCardNumber } from '@tillgraph/rules/input-fields'
import { parseMoney } from '@tillgraph/rules/money'
import { parseNote, parseText } from '@tillgraph/rules/text'

/** Fields of inputs; each throws InputFault, which names the field. */

const NAME_CHARACTERS_MOST = 100
const ADDRESS_CHARACTERS_MOST = 500
const NOTE_CHARACTERS_MOST = 1_000
const URL_CHARACTERS_MOST = 2_000
const PHONE = /^\+?[0-9 ()/.-]{3,40}$/
const PIN = /^\d{4,8}$/

export const readName = (field: string, given: string) => readLine(field, given, NAME_CHARACTERS_MOST)

export const readOptionalName = (field: string, given: string | null | undefined) =>
  given == null || given.trim() === '' ? null : readName(field, given)

/** One or more lines, never empty. */
export function readAddress(field: string, given: string): string {
  const text = readLines(field, given, ADDRESS_CHARACTERS_MOST)
  if (text === null) throw new InputFault(field, 'This must not be empty.')
  return text
}

export const readNote = (field: string, given: string | null | undefined) =>
  readLines(field, given, NOTE_CHARACTERS_MOST)

export function readPhone(field: string, given: string | null | undefined): string | null {
  if (given == null || given.trim() === '') return null
  const text = given.trim()
  if (!PHONE.test(text)) throw new InputFault(field, 'This does not look as a telephone number does.')
  return withoutCardNumber(field, text)
}

export function readPin(field: string, given: string | null | undefined): string | null {
  if (given == null) return null
  if (!PIN.test(given)) throw new InputFault(field, 'A PIN has 4 to 8 digits.')
  return given
}

/** Only a reference is kept; nobody here ever opens it. */
export function readPhotoUrl(field: string, given: string | null | undefined): string | null {
  if (given == null) return null
  const url = given.length <= URL_CHARACTERS_MOST && URL.canParse(given) ? new URL(given) : undefined
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new InputFault(field, 'This must be an https address without user and password.')
  return url.href
}

/** An amount of the store's currency, in its smallest unit. */
export function readAmount(
  field: string,
  given: { readonly amount: string; readonly currency: CurrencyCode },
  currency: CurrencyCode,
  sign: 'positive' | 'not-negative',
): bigint {
  if (given.currency !== currency)
    throw new InputFault(`${field}.currency`, `This store keeps its books in ${currency}.`)
  return InputFault.at(`${field}.amount`, () => parseMoney(given.amount, currency, sign).minor)
}

function readLine(field: string, given: string, charactersMost: number): string {
  return withoutCardNumber(
    field,
    InputFault.at(field, () => parseText(given, charactersMost)),
  )
}

function readLines(field: string, given: string | null | undefined, charactersMost: number): string | null {
  const text = InputFault.at(field, () => parseNote(given ?? '', charactersMost))
  return withoutCardNumber(field, text) || null
}
