import type { CurrencyCode } from '@tillgraph/rules/currency'

export interface GiftCard {
  readonly id: string
  readonly storeId: string
  readonly lastFour: string
  readonly blocked: boolean
  readonly currency: CurrencyCode
  readonly initial: bigint
  readonly issuedAt: Date
  readonly expiresAt: Date | null
}

// Crockford's alphabet: without I, L, O and U, which are read wrongly or spell words.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE = /^[0-9A-Z]{12,32}$/

/** As it is looked up: without spaces and dashes, in capitals. Undefined for what can be no code. */
export function normaliseGiftCode(given: string): string | undefined {
  if (given.length > 64) return undefined
  const code = given.replace(/[\s-]/g, '').toUpperCase()
  return CODE.test(code) ? code : undefined
}

/** A code of 16 characters, 80 bits, out of 16 random bytes. Its first character is a letter: it is no card number. */
export function giftCodeOf(random: Uint8Array): string {
  if (random.length !== 16) throw new Error('A gift card code is made of 16 random bytes')
  const [first = 0, ...rest] = random
  return (ALPHABET[10 + (first % 22)] ?? 'A') + rest.map(byte => ALPHABET[byte & 31]).join('')
}

export function giftCardState(card: GiftCard, now: Date): 'ACTIVE' | 'BLOCKED' | 'EXPIRED' {
  if (card.blocked) return 'BLOCKED'
  return card.expiresAt !== null && card.expiresAt <= now ? 'EXPIRED' : 'ACTIVE'
}
