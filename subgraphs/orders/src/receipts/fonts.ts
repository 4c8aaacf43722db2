import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { create } from 'fontkit'
import { unpackWoff } from './woff.ts'

const require = createRequire(import.meta.url)

/** Names under which a document knows the fonts. */
export type FontName = 'sans' | 'bold' | 'any'

/** DejaVu for most scripts of Europe and the Near East; Unifont for whatever else is in Unicode's first plane. */
const FILES: Readonly<Record<FontName, string>> = {
  sans: 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  bold: 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
  any: '@fontsource/unifont/files/unifont-latin-400-normal.woff',
}

interface LoadedFont {
  readonly data: Buffer
  has(codePoint: number): boolean
}

const loaded = new Map<FontName, LoadedFont>()

/** Read when the first receipt needs it, and kept. */
export function fontOf(name: FontName): LoadedFont {
  const known = loaded.get(name)
  if (known) return known
  const file = readFileSync(require.resolve(FILES[name]))
  const data = FILES[name].endsWith('.woff') ? unpackWoff(file) : file
  const font = create(data)
  if (!('hasGlyphForCodePoint' in font)) throw new Error(`${FILES[name]} is a collection of fonts`)
  const made: LoadedFont = { data, has: codePoint => font.hasGlyphForCodePoint(codePoint) }
  loaded.set(name, made)
  return made
}

export interface TextRun {
  readonly font: FontName
  readonly text: string
}

const UNKNOWN = '\u25a1'
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

/**
 * Text in runs of one font each, in the order in which they stand on the paper from left to right; a character that no
 * font has is a box. Fonts turn the letters of a word that is read from the right, not the words of a sentence.
 */
export function runsOf(text: string, preferred: 'sans' | 'bold'): TextRun[] {
  const runs: { readonly font: FontName; text: string }[] = []
  for (const piece of visualOrder(text)) {
    const isTurned = RIGHT_TO_LEFT.test(piece)
    let isFirst = true
    for (const character of piece) {
      const code = character.codePointAt(0) ?? 0
      const found = ([preferred, 'any'] as const).find(name => fontOf(name).has(code))
      const font = found ?? preferred
      const shown = found ? character : UNKNOWN
      const last = runs.at(-1)
      // a space beside a word that is turned would be turned with it
      if (last?.font === font && !(isFirst && (isTurned || RIGHT_TO_LEFT.test(last.text)))) last.text += shown
      else runs.push({ font, text: shown })
      isFirst = false
    }
  }
  return runs
}

/** Words and the spaces between them; words from the right that follow each other the other way round. */
function visualOrder(text: string): string[] {
  const ordered: string[] = []
  let turned: string[] = []
  const turn = () => {
    // the space behind them stands before what follows
    const space = turned.at(-1)?.startsWith(' ') ? turned.pop() : undefined
    ordered.push(...turned.reverse(), ...(space === undefined ? [] : [space]))
    turned = []
  }
  for (const piece of text.split(/( +)/)) {
    if (RIGHT_TO_LEFT.test(piece) || (turned.length > 0 && piece.startsWith(' '))) turned.push(piece)
    else {
      turn()
      ordered.push(piece)
    }
  }
  turn()
  return ordered
}
