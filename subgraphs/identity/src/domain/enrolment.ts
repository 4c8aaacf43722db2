import { Refused } from './refused.ts'

export const ENROLMENT_CODE_LIFE_MS = 15 * 60_000
/** 80 bits, which nobody guesses in a quarter of an hour. */
export const ENROLMENT_CODE_BYTES = 10

// Crockford's base 32: no I, L, O and U, which are misread or make words
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/
const GROUP = 4

/** Sixteen letters and digits in groups of four, as they are shown and typed. */
export function enrolmentCode(random: Buffer): string {
  let bits = BigInt(`0x${random.subarray(0, ENROLMENT_CODE_BYTES).toString('hex')}`)
  let code = ''
  for (let left = (ENROLMENT_CODE_BYTES * 8) / 5; left > 0; left--) {
    code = ALPHABET[Number(bits & 31n)] + code
    bits >>= 5n
  }
  return (code.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-')
}

/** A code as it was typed: small letters, dashes and what is often misread are forgiven. */
export function parseEnrolmentCode(text: string): string {
  const code = text.slice(0, 100).toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
  if (!CODE.test(code)) throw new Refused('A code has 16 letters and digits.')
  return code
}
