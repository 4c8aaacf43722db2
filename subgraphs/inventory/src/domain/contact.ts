import { InputFault } from '@tillgraph/rules/input-fault'
import { readLine, readNote } from './read.ts'
import type { Supplier } from './supplier.ts'

const NAME_CHARACTERS_MOST = 200
const EMAIL_CHARACTERS_MOST = 254
const PHONE_CHARACTERS_MOST = 40
const ADDRESS_CHARACTERS_MOST = 500
const NOTE_CHARACTERS_MOST = 2_000

// what can be written to at all; whether anybody is there, only a message tells
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/
const PHONE = /^\+?[0-9 ()/.-]{3,}$/

export function readSupplierName(given: string): string {
  return readLine('name', given, NAME_CHARACTERS_MOST)
}

/** What is given of how to reach a supplier; an empty text is none. Throws InputFault. */
export function readContact(
  given: {
    readonly [Field in 'email' | 'phone' | 'address' | 'note']?: string | null | undefined
  },
): Partial<Pick<Supplier, 'email' | 'phone' | 'address' | 'note'>> {
  return {
    ...(given.email === undefined ? {} : { email: readMatching('email', given.email, EMAIL_CHARACTERS_MOST, EMAIL) }),
    ...(given.phone === undefined ? {} : { phone: readMatching('phone', given.phone, PHONE_CHARACTERS_MOST, PHONE) }),
    ...(given.address === undefined
      ? {}
      : { address: readNote('address', given.address, ADDRESS_CHARACTERS_MOST) || null }),
    ...(given.note === undefined ? {} : { note: readNote('note', given.note, NOTE_CHARACTERS_MOST) || null }),
  }
}

function readMatching(field: string, given: string | null, charactersMost: number, form: RegExp): string | null {
  if (given === null || given.trim() === '') return null
  const text = readLine(field, given, charactersMost)
  if (!form.test(text)) throw new InputFault(field, 'This does not look as one of these does.')
  return text
}
