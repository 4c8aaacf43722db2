import { barcodeKeys } from './barcode.ts'

/** Words that one product can be found by. */
const WORDS_MOST = 100
const WORD_CHARACTERS_MOST = 40
const NAME_KEY_CHARACTERS_MOST = 200
/** Shorter ones are found as they are, and stand for too many others. */
const VOCABULARY_CHARACTERS_LEAST = 3

export const SEARCH_CHARACTERS_MOST = 200
const QUERY_WORDS_MOST = 8

// Accents of Latin, Greek and Cyrillic, and the vowel points that Arabic and Hebrew are mostly written without.
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/g

const LETTERS_OF_THEIR_OWN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ı: 'i',
  þ: 'th',
}
const OF_THEIR_OWN = new RegExp(`[${Object.keys(LETTERS_OF_THEIR_OWN).join('')}]`, 'g')

const COMPOUND = /[\p{L}\p{M}\p{N}]+(?:[-'’./][\p{L}\p{M}\p{N}]+)*/gu
const WORD = /[\p{L}\p{M}\p{N}]+/gu
const NOT_IN_WORDS = /[^\p{L}\p{M}\p{N}]+/gu

// Scripts that are written without spaces, where a word can begin anywhere.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/u
const UNSPACED_OR_NOT = new RegExp(`${UNSPACED.source}|[^${UNSPACED.source.slice(1)}`, 'gu')

/** Without case and accents, and with one spelling for what looks the same: "Crème Brûlée" is "creme brulee". */
export function plainText(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(ACCENTS, '')
    .replace(OF_THEIR_OWN, letter => LETTERS_OF_THEIR_OWN[letter] ?? letter)
    .normalize('NFC')
}

/** What names are ordered and compared by: plain words with one space between them. */
export function nameKey(name: string): string {
  const key = plainText(name).replace(NOT_IN_WORDS, ' ').trim()
  // a name of nothing but signs is known by its signs
  return clip(key === '' ? plainText(name) : key, NAME_KEY_CHARACTERS_MOST)
}

/** The words that a product is found by: of its name and its SKU, and both of a compound: t, shirt and tshirt. */
export function searchWords(name: string, sku: string): string[] {
  const words = [name, sku].flatMap(text => (plainText(text).match(COMPOUND) ?? []).flatMap(compoundWords))
  return [...new Set(words)].slice(0, WORDS_MOST)
}

/** The words of a name that a mistyped word may have meant: those that are words rather than numbers. */
export function vocabularyOf(name: string): string[] {
  const words = (plainText(name).match(COMPOUND) ?? []).flatMap(compoundWords)
  return [...new Set(words)].filter(word => /^\p{L}/u.test(word) && length(word) >= VOCABULARY_CHARACTERS_LEAST)
}

/** A text that is searched for, in the forms in which it is looked up. */
export interface SearchQuery {
  readonly skuStart: string
  readonly barcodeKeys: readonly string[]
  readonly barcodeStart: string
  readonly nameStart: string
  readonly words: readonly string[]
}

/** Undefined for a text that holds nothing to look for. */
export function readSearch(text: string): SearchQuery | undefined {
  const typed = text
    .normalize('NFC')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
  if (typed === '') return undefined
  const words = (plainText(typed).match(WORD) ?? []).flatMap(wordsOfScripts)
  return {
    skuStart: typed.normalize('NFKC').toUpperCase(),
    barcodeKeys: barcodeKeys(typed),
    barcodeStart: typed,
    nameStart: nameKey(typed),
    words: [...new Set(words)].slice(0, QUERY_WORDS_MOST),
  }
}

function compoundWords(compound: string): string[] {
  const parts = compound.match(WORD) ?? []
  return [...parts, ...(parts.length > 1 ? [parts.join('')] : [])].flatMap(wordsOfScripts)
}

/** A word of a script with spaces is a word; of the others, each two characters that stand together are. */
function wordsOfScripts(word: string): string[] {
  if (!UNSPACED.test(word)) return [clip(word, WORD_CHARACTERS_MOST)]
  return (word.match(UNSPACED_OR_NOT) ?? []).flatMap(run => (UNSPACED.test(run) ? pairs(run) : [run]))
}

/** Each character with the one behind it, so that a search may begin anywhere: 緑茶 is 緑茶 and 茶. */
function pairs(run: string): string[] {
  const characters = Array.from(run)
  return characters.map((character, index) => character + (characters[index + 1] ?? ''))
}

function clip(text: string, characters: number): string {
  return text.length <= characters ? text : Array.from(text).slice(0, characters).join('')
}

function length(text: string): number {
  return Array.from(text).length
}
