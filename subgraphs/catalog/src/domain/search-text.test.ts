import { describe, expect, test } from 'vitest'
import { nameKey, plainText, readSearch, searchWords, vocabularyOf } from './search-text.ts'

describe('a text without case and accents', () => {
  test.each([
    ['Crème Brûlée', 'creme brulee'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['Ærøskøbing', 'aeroskobing'],
    ['Łódź', 'lodz'],
    ['ﬁne ½', 'fine 1⁄2'],
    ['Ёлка й', 'елка и'],
    ['Ελληνικός', 'ελληνικος'],
    ['한국', '한국'],
  ])('%s is %s', (text, plain) => {
    expect(plainText(text)).toBe(plain)
  })
})

describe('the key of a name', () => {
  test.each([
    ['  Coca-Cola  0.5 l ', 'coca cola 0 5 l'],
    ['"Quoted"', 'quoted'],
    ['!!!', '!!!'],
    ['Ünïcödé', 'unicode'],
  ])('%s is %s', (name, key) => {
    expect(nameKey(name)).toBe(key)
  })

  test('is no longer than the longest name', () => {
    expect(nameKey('ﷺ'.repeat(200)).length).toBeLessThanOrEqual(200)
  })
})

describe('the words a product is found by', () => {
  test('are those of its name and its SKU, each once, compounds also as one', () => {
    expect(searchWords('T-Shirt, white shirt', 'ART-4711')).toEqual([
      ...['t', 'shirt', 'tshirt', 'white', 'art', '4711', 'art4711'],
    ])
  })

  test('are pairs of characters where words are not kept apart, and each character begins one', () => {
    expect(searchWords('緑茶 Tea', 'X')).toEqual(['緑茶', '茶', 'tea', 'x'])
    expect(searchWords('抹茶latte', 'X')).toEqual(['抹茶', '茶', 'latte', 'x'])
  })

  test('are a hundred at the most, of forty characters at the most', () => {
    const words = searchWords(Array.from({ length: 150 }, (_, index) => `w${index}`).join(' '), 'x'.repeat(64))
    expect(words).toHaveLength(100)
    expect(searchWords('a', 'x'.repeat(64))).toEqual(['a', 'x'.repeat(40)])
  })

  test('of which mistyped ones may be meant: no numbers, nothing short', () => {
    expect(vocabularyOf('Tea 500 ml of 7up Earl-Grey')).toEqual(['tea', 'earl', 'grey', 'earlgrey'])
  })
})

describe('what is searched for', () => {
  test('is looked up as SKU, barcode, beginning of a name and words', () => {
    expect(readSearch('  ab-1  Crème ')).toEqual({
      skuStart: 'AB-1 CRÈME',
      barcodeKeys: ['ab-1 Crème'],
      barcodeStart: 'ab-1 Crème',
      nameStart: 'ab 1 creme',
      words: ['ab', '1', 'creme'],
    })
    expect(readSearch('036000291452')?.barcodeKeys).toEqual(['00036000291452'])
  })

  test('is nothing where there is nothing but spaces and control characters', () => {
    expect(readSearch(' \u0000\t\n')).toBeUndefined()
  })

  test('has eight words at the most, and no character in them that is none of a word', () => {
    const words = readSearch("a' b:* c\\d & | ! ( ) e f g h i j k")?.words ?? []
    expect(words).toHaveLength(8)
    for (const word of words) expect(word).toMatch(/^[\p{L}\p{M}\p{N}]+$/u)
  })
})
