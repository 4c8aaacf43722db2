import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS, parseName, parseNoteText } from './names.ts'
import { MAX_SKU_CHARACTERS, parseSku, skuKey } from './sku.ts'

describe('a name', () => {
  it.each([
    ['  Käse, 250 g ', 'Käse, 250 g'],
    ['Ka\u0308se', 'Käse'],
    ['\u00a0Brot\u3000', 'Brot'],
    ['牛乳', '牛乳'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['👩\u200d🍳 Menü', '👩\u200d🍳 Menü'],
    ['🧀'.repeat(MAX_NAME_CHARACTERS), '🧀'.repeat(MAX_NAME_CHARACTERS)],
  ])('%j is kept as %j', (text, kept) => {
    expect(parseName(text)).toBe(kept)
  })

  it.each([
    ['', 'EMPTY_TEXT'],
    [' \u00a0\n', 'EMPTY_TEXT'],
    ['a\u0000b', 'FORBIDDEN_CHARACTER'],
    ['a\nb', 'FORBIDDEN_CHARACTER'],
    ['a\tb', 'FORBIDDEN_CHARACTER'],
    ['a\u007fb', 'FORBIDDEN_CHARACTER'],
    ['a\u202eb', 'FORBIDDEN_CHARACTER'],
    ['a\u200bb', 'FORBIDDEN_CHARACTER'],
    ['a\u2028b', 'FORBIDDEN_CHARACTER'],
    ['a\ud800b', 'FORBIDDEN_CHARACTER'],
    ['x'.repeat(MAX_NAME_CHARACTERS + 1), 'TEXT_TOO_LONG'],
    ['🧀'.repeat(MAX_NAME_CHARACTERS + 1), 'TEXT_TOO_LONG'],
    ['a\u0301'.repeat(1_000_000), 'TEXT_TOO_LONG'],
  ])('%j is refused', (text, code) => {
    expect(faultOf(() => parseName(text))).toBe(code)
  })

  it('that was kept once is kept the same again', () => {
    forAll(fc.string({ unit: 'binary', maxLength: 60 }), text => {
      if (faultOf(() => parseName(text)) !== undefined) return true
      const kept = parseName(text)
      return parseName(kept) === kept && kept === kept.trim().normalize('NFC')
    })
  })
})

describe('a note', () => {
  it('may be empty and run over lines', () => {
    expect(parseNoteText('  ')).toBe('')
    expect(parseNoteText('ring twice\r\nleave at\tdoor\r')).toBe('ring twice\nleave at\tdoor')
  })

  it('is refused with what cannot be seen, and when it is too long', () => {
    expect(faultOf(() => parseNoteText('a\u0000'))).toBe('FORBIDDEN_CHARACTER')
    expect(faultOf(() => parseNoteText('x'.repeat(MAX_NOTE_CHARACTERS + 1)))).toBe('TEXT_TOO_LONG')
  })
})

describe('a SKU', () => {
  it.each(['AB-1', '4006381333931', 'cheese.250/g', 'Käse_1', 'AB 1 C', '牛乳-1', 'A+B#2'])('%s is kept', text => {
    expect(parseSku(` ${text} `)).toBe(text)
  })

  it.each([
    ['', 'EMPTY_TEXT'],
    ['-1', 'FORBIDDEN_CHARACTER'],
    ['A  B', 'FORBIDDEN_CHARACTER'],
    ['A;B', 'FORBIDDEN_CHARACTER'],
    ['A\u00a0B', 'FORBIDDEN_CHARACTER'],
    ['<b>', 'FORBIDDEN_CHARACTER'],
    ['A\u200dB', 'FORBIDDEN_CHARACTER'],
    ['x'.repeat(MAX_SKU_CHARACTERS + 1), 'TEXT_TOO_LONG'],
  ])('%j is refused', (text, code) => {
    expect(faultOf(() => parseSku(text))).toBe(code)
  })

  it('is the same product in either case and width', () => {
    expect(skuKey('ab-1')).toBe(skuKey('AB-1'))
    expect(skuKey('ＡＢ-1')).toBe(skuKey('AB-1'))
    expect(skuKey('AB-2')).not.toBe(skuKey('AB-1'))
  })
})
