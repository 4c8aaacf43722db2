import { parseEmailAddress } from '@tillgraph/rules/email-address'
import { parseText } from '@tillgraph/rules/text'
import { Refused } from './refused.ts'

const PHONE_CHARACTERS_MOST = 40
const PHONE_DIGITS_LEAST = 4
const PHONE_DIGITS_MOST = 15

const PHONE = /^\+?[0-9 ()./-]+$/

/** A value as somebody gave it, and what two of them are compared by. */
export interface Contact {
  readonly text: string
  readonly key: string
}

/** Compared without case: nobody can tell anna@shop.example and Anna@shop.example apart when typing one. */
export function parseEmail(text: string): Contact {
  const given = parseEmailAddress(text)
  return { text: given, key: given.toLowerCase() }
}

/** Compared by its digits, a leading 00 read as +, so that it does not matter how it is spaced. */
export function parsePhone(text: string): Contact {
  const given = parseText(text, PHONE_CHARACTERS_MOST)
  const key = phoneKey(given)
  const digits = key.replace('+', '').length
  if (!PHONE.test(given) || digits < PHONE_DIGITS_LEAST || digits > PHONE_DIGITS_MOST)
    throw new Refused('This is not a phone number, such as +41 44 123 45 67.')
  return { text: given, key }
}

function phoneKey(text: string): string {
  const digits = text.replace(/[^0-9]/g, '')
  if (text.trimStart().startsWith('+')) return `+${digits}`
  return digits.startsWith('00') ? `+${digits.slice(2)}` : digits
}
