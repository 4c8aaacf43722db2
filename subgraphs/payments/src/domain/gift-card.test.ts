import { holdsCardNumber } from '@tillgraph/rules/card-number'
import { expect, test } from 'vitest'
import { type GiftCard, giftCardState, giftCodeOf, normaliseGiftCode } from './gift-card.ts'

test('a code is read however it is spaced or written', () => {
  expect(normaliseGiftCode(' shop-0000 1111-22 ')).toBe('SHOP0000111122')
  for (const wrong of ['', 'SHORT', 'x'.repeat(65), 'SHOP_0000_1111', 'É'.repeat(14)])
    expect(normaliseGiftCode(wrong)).toBeUndefined()
})

test('made codes have 16 readable characters, differ by every byte, and are no card numbers', () => {
  const zero = new Uint8Array(16)
  expect(giftCodeOf(zero)).toBe('A000000000000000')
  for (let index = 0; index < 16; index++) {
    const one = Uint8Array.from(zero, (_, at) => (at === index ? 1 : 0))
    expect(giftCodeOf(one)).not.toBe(giftCodeOf(zero))
  }
  for (let seed = 0; seed < 256; seed++) {
    const code = giftCodeOf(Uint8Array.from(zero, (_, at) => (seed * 31 + at * 97) & 255))
    expect(normaliseGiftCode(code)).toBe(code)
    expect(holdsCardNumber(code)).toBe(false)
  }
})

test('a blocked card stays blocked when it expires', () => {
  const card = { blocked: false, expiresAt: new Date(1000) } as GiftCard
  expect(giftCardState(card, new Date(999))).toBe('ACTIVE')
  expect(giftCardState(card, new Date(1000))).toBe('EXPIRED')
  expect(giftCardState({ ...card, blocked: true }, new Date(1000))).toBe('BLOCKED')
  expect(giftCardState({ ...card, expiresAt: null }, new Date(1000))).toBe('ACTIVE')
})
