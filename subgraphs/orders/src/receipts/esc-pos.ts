import { type CodePage, codePageFor, codePageNumber, encodeText } from './code-pages.ts'
import type { ReceiptRow } from './layout.ts'

const ESC = 0x1b
const GS = 0x1d
const LINE_FEED = 0x0a

const QR_MODULE_DOTS = 6
const QR_MEDIUM_CORRECTION = 0x31
const CUT_FEED_LINES = 3
/** Of a line, what is left for the text where an amount stands at its end. */
const LEFT_SHARE_LEAST = 0.3
/** How long the pulse that opens a drawer is on and off, in units of two milliseconds. */
const DRAWER_PULSE = [25, 250] as const

export interface PrinterSettings {
  /** Characters in a line. */
  readonly columns: number
  /** The tables of characters that the printer has, the preferred one first. */
  readonly codePages: readonly CodePage[]
  readonly cut: boolean
  /** Opens the drawer that hangs on the printer. */
  readonly openDrawer: boolean
}

/**
 * A receipt in the commands of ESC/POS. Text only ever becomes bytes that are printed (code-pages.ts), so nothing in a
 * name can command a printer.
 */
export function receiptEscPos(rows: readonly ReceiptRow[], settings: PrinterSettings): Buffer {
  const printer = new Printer(settings)
  for (const row of rows) printer.put(row)
  return printer.finish()
}

class Printer {
  readonly #bytes: number[] = [ESC, 0x40]
  readonly #settings: PrinterSettings
  #page: CodePage | undefined

  constructor(settings: PrinterSettings) {
    this.#settings = settings
    if (settings.openDrawer) this.#bytes.push(ESC, 0x70, 0, ...DRAWER_PULSE)
  }

  put(row: ReceiptRow): void {
    const { columns } = this.#settings
    switch (row.kind) {
      case 'title':
        // twice as wide: half as many fit
        this.#styled([GS, 0x21, 0x11], [GS, 0x21, 0], () => this.#centered(row.text, Math.floor(columns / 2)))
        return
      case 'centered':
        this.#centered(row.text, columns)
        return
      case 'mark':
        this.#styled([GS, 0x42, 1], [GS, 0x42, 0], () => this.#centered(` ${row.text} `, columns))
        return
      case 'heading':
        this.#styled([ESC, 0x45, 1], [ESC, 0x45, 0], () => this.#left(row.text))
        return
      case 'note':
        this.#left(row.text)
        return
      case 'strong':
        this.#styled([ESC, 0x45, 1], [ESC, 0x45, 0], () => this.#pair(row.left, row.right))
        return
      case 'pair':
        this.#pair(row.left, row.right)
        return
      case 'fine':
        this.#pair(`  ${row.left}`, row.right)
        return
      case 'rule':
        this.#line('-'.repeat(columns))
        return
      case 'code':
        this.#qrCode(row.content)
        this.#centered(row.caption, columns)
    }
  }

  finish(): Buffer {
    if (this.#settings.cut) this.#bytes.push(GS, 0x56, 0x42, CUT_FEED_LINES)
    else this.#bytes.push(ESC, 0x64, CUT_FEED_LINES)
    return Buffer.from(this.#bytes)
  }

  #styled(on: readonly number[], off: readonly number[], put: () => void): void {
    this.#bytes.push(...on)
    put()
    this.#bytes.push(...off)
  }

  #centered(text: string, columns: number): void {
    for (const line of wrapped(text, columns)) this.#line(' '.repeat(Math.floor((columns - lengthOf(line)) / 2)) + line)
  }

  #left(text: string): void {
    for (const line of wrapped(text, this.#settings.columns)) this.#line(line)
  }

  #pair(left: string, right: string): void {
    const { columns } = this.#settings
    const room = columns - lengthOf(right) - (right === '' ? 0 : 1)
    // the name of a till or a person can be as long as a line: it gets lines of its own
    if (room < columns * LEFT_SHARE_LEAST) {
      this.#left(left)
      for (const line of wrapped(right, columns)) this.#line(' '.repeat(columns - lengthOf(line)) + line)
      return
    }
    const [first = '', ...more] = wrapped(left, room)
    this.#line(right === '' ? first : first + ' '.repeat(columns - lengthOf(first) - lengthOf(right)) + right)
    for (const line of more) this.#line(line)
  }

  #line(text: string): void {
    const page = codePageFor(text, this.#settings.codePages)
    if (page !== this.#page) this.#bytes.push(ESC, 0x74, codePageNumber(page))
    this.#page = page
    this.#bytes.push(...encodeText(text, page), LINE_FEED)
  }

  #qrCode(content: string): void {
    const data = Array.from(Buffer.from(content, 'latin1'))
    const length = data.length + 3
    const command = (...rest: readonly number[]) => this.#bytes.push(GS, 0x28, 0x6b, ...rest)
    this.#bytes.push(ESC, 0x61, 1)
    command(4, 0, 0x31, 0x41, 0x32, 0)
    command(3, 0, 0x31, 0x43, QR_MODULE_DOTS)
    command(3, 0, 0x31, 0x45, QR_MEDIUM_CORRECTION)
    command(length & 0xff, length >> 8, 0x31, 0x50, 0x30, ...data)
    command(3, 0, 0x31, 0x51, 0x30)
    this.#bytes.push(LINE_FEED, ESC, 0x61, 0)
  }
}

const lengthOf = (text: string) => Array.from(text).length

/** Lines of so many characters at the most: broken at spaces, and words that are longer than a line within them. */
function wrapped(text: string, columns: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line: string[] = Array.from(indent)
  let isEmpty = true
  for (const word of text.trim().split(' ')) {
    const characters = Array.from(word)
    if (!isEmpty && line.length + 1 + characters.length > columns) {
      lines.push(line.join(''))
      line = Array.from(indent)
      isEmpty = true
    }
    if (!isEmpty) line.push(' ')
    for (const character of characters) {
      if (line.length >= columns) {
        lines.push(line.join(''))
        line = Array.from(indent)
      }
      line.push(character)
    }
    isEmpty = false
  }
  return [...lines, line.join('')]
}
