import iconv from 'iconv-lite'

/** Tables of characters that printers know, by the number under which ESC t selects them. */
const NUMBERS = { CP437: 0, CP850: 2, CP737: 14, CP857: 13, WPC1252: 16, CP866: 17, CP852: 18, CP858: 19 } as const

export type CodePage = keyof typeof NUMBERS

export const CODE_PAGES = Object.keys(NUMBERS) as CodePage[]

const FIRST_OF_UPPER_HALF = 0x80
const FIRST_PRINTABLE = 0x20
const DELETE = 0x7f
const UNKNOWN = '?'

const tables = new Map<CodePage, ReadonlyMap<string, number>>()

function tableOf(page: CodePage): ReadonlyMap<string, number> {
  const known = tables.get(page)
  if (known) return known
  const encoding = page === 'WPC1252' ? 'windows1252' : page.toLowerCase()
  const table = new Map<string, number>()
  for (let byte = FIRST_OF_UPPER_HALF; byte <= 0xff; byte++) {
    const character = iconv.decode(Buffer.from([byte]), encoding)
    // windows-1252 leaves gaps that decode to control characters
    if (/^[^\p{Cc}\ufffd]$/u.test(character)) table.set(character, byte)
  }
  tables.set(page, table)
  return table
}

export function codePageNumber(page: CodePage): number {
  return NUMBERS[page]
}

/** The byte of a printable character in a table; undefined where it has none. Never a control byte. */
function byteOf(character: string, page: CodePage): number | undefined {
  const code = character.codePointAt(0) ?? 0
  if (code < FIRST_OF_UPPER_HALF) return code >= FIRST_PRINTABLE && code !== DELETE ? code : undefined
  return tableOf(page).get(character)
}

/** The first of a printer's tables that has all of a text, or else the one that has most of it. */
export function codePageFor(text: string, pages: readonly CodePage[]): CodePage {
  let best: { page: CodePage; missing: number } | undefined
  for (const page of pages) {
    const missing = Array.from(text).filter(character => byteOf(character, page) === undefined).length
    if (!best || missing < best.missing) best = { page, missing }
  }
  return best?.page ?? 'CP437'
}

/** Text in the bytes of a table, a byte for each character: accents that it lacks are left out, the rest is a "?". */
export function encodeText(text: string, page: CodePage): number[] {
  return Array.from(text, character => {
    const plain = character.normalize('NFKD').replace(/\p{M}/gu, '').charAt(0)
    return byteOf(character, page) ?? byteOf(plain, page) ?? UNKNOWN.charCodeAt(0)
  })
}
