import { COMMON_PASSWORDS } from './common-passwords.ts'
import { fold } from './fold.ts'
import { refuseField } from './problems.ts'

export const PASSWORD_CHARACTERS_LEAST = 10
export const PASSWORD_CHARACTERS_MOST = 200

/** Checks a password that somebody chose. Length is what counts; signs of certain kinds are not asked for. */
export function checkPassword(
  name: string,
  password: string,
  person: { readonly userName: string; readonly email?: string | null | undefined },
): string {
  const characters = Array.from(password).length
  if (characters < PASSWORD_CHARACTERS_LEAST)
    refuseField(name, `A password has at least ${PASSWORD_CHARACTERS_LEAST} characters.`)
  if (characters > PASSWORD_CHARACTERS_MOST)
    refuseField(name, `A password has at most ${PASSWORD_CHARACTERS_MOST} characters.`)
  if (/\p{Cs}/u.test(password)) refuseField(name, 'This password holds a character that cannot be used here.')
  const plain = fold(password)
  if (isCommon(plain)) refuseField(name, 'This is one of the passwords that are tried first: choose another.')
  const known = [person.userName, person.email ?? '', (person.email ?? '').split('@')[0] ?? ''].map(fold)
  if (known.includes(plain)) refuseField(name, 'A password must not be the user name or the e-mail.')
  return password
}

/** A password as it is hashed: typed on another keyboard, the same letters are the same. */
export function normalPassword(password: string): string {
  return password.normalize('NFKC')
}

function isCommon(plain: string): boolean {
  const bare = plain.replace(/[^\p{L}\p{N}]/gu, '')
  if (new Set(bare).size <= 2) return true
  return COMMON_PASSWORDS.has(plain) || COMMON_PASSWORDS.has(bare) || COMMON_PASSWORDS.has(bare.replace(/\d+$/, ''))
}
