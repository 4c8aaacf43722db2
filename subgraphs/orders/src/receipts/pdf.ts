import { toBuffer } from 'bwip-js/node'
import PDFDocument from 'pdfkit'
import { type FontName, fontOf, runsOf, type TextRun } from './fonts.ts'
import type { ReceiptPaper } from './html.ts'
import type { ReceiptRow } from './layout.ts'

const POINTS_PER_MM = 72 / 25.4
const ROLL_WIDTH = 80 * POINTS_PER_MM
const A4 = { width: 210 * POINTS_PER_MM, height: 297 * POINTS_PER_MM }
const ROLL_MARGIN = 4 * POINTS_PER_MM
const A4_MARGIN = 18 * POINTS_PER_MM
const A4_COLUMN = 120 * POINTS_PER_MM
/** As long as a page of PDF can be; what is longer goes on on another. */
const ROLL_HEIGHT_MOST = 14_000
const CODE_WIDTH = 28 * POINTS_PER_MM
const CODE_SCALE = 4
const GAP = 10
const LINE_HEIGHT = 1.3
const RIGHT_SHARE_MOST = 0.7
const SPARE_BEFORE = { left: 0, center: 0.5, right: 1 } as const

const SIZES: Readonly<Record<Exclude<ReceiptRow['kind'], 'rule' | 'code'>, number>> = {
  title: 14,
  centered: 9,
  mark: 10,
  heading: 8.5,
  note: 9,
  pair: 9,
  strong: 11,
  fine: 7.5,
}
const BOLD: ReadonlySet<ReceiptRow['kind']> = new Set(['title', 'mark', 'heading', 'strong'])

/** A receipt as a PDF: one page as long as it takes, 80 mm wide, or pages of A4. */
export async function receiptPdf(rows: readonly ReceiptRow[], title: string, paper: ReceiptPaper): Promise<Buffer> {
  const code = rows.find(row => row.kind === 'code')
  const picture: Buffer | undefined =
    code && (await toBuffer({ bcid: 'qrcode', text: code.content, scale: CODE_SCALE }))
  const width = paper === 'A4' ? A4.width : ROLL_WIDTH
  const margin = paper === 'A4' ? A4_MARGIN : ROLL_MARGIN
  const pageHeight = paper === 'A4' ? A4.height : ROLL_HEIGHT_MOST
  const document = new PDFDocument({
    size: [width, pageHeight],
    margin: 0,
    info: { Title: title, Producer: 'Tillgraph' },
  })
  const chunks: Buffer[] = []
  document.on('data', chunk => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => document.once('end', resolve).once('error', reject))
  const sheet = new Sheet(document, {
    left: paper === 'A4' ? (width - A4_COLUMN) / 2 : margin,
    width: paper === 'A4' ? A4_COLUMN : width - 2 * margin,
    top: margin,
    bottom: pageHeight - margin,
  })
  for (const row of rows) sheet.put(row, picture)
  // a roll is cut off where the receipt ends; pages count their heights from the foot
  if (paper === 'MM80')
    Object.assign(document.page.dictionary.data, {
      MediaBox: [0, pageHeight - sheet.y - margin, width, pageHeight],
    })
  document.end()
  await ended
  return Buffer.concat(chunks)
}

interface Column {
  readonly left: number
  readonly width: number
  readonly top: number
  readonly bottom: number
}

/** Rows put one beneath the other, over as many pages as it takes. */
class Sheet {
  y: number
  readonly #document: PDFKit.PDFDocument
  readonly #column: Column

  constructor(document: PDFKit.PDFDocument, column: Column) {
    this.#document = document
    this.#column = column
    this.y = column.top
    for (const name of ['sans', 'bold', 'any'] as const) document.registerFont(name, fontOf(name).data)
  }

  put(row: ReceiptRow, picture: Buffer | undefined): void {
    const { left, width } = this.#column
    switch (row.kind) {
      case 'rule':
        this.#room(9)
        this.#document
          .moveTo(left, this.y + 4)
          .lineTo(left + width, this.y + 4)
          .lineWidth(0.5)
          .dash(2, { space: 2 })
          .stroke('#777')
          .undash()
        this.y += 9
        return
      case 'code':
        this.#room(CODE_WIDTH + 24)
        if (picture) this.#document.image(picture, left + (width - CODE_WIDTH) / 2, this.y + 8, { width: CODE_WIDTH })
        this.y += CODE_WIDTH + 12
        this.#lines(row.caption, 6, 'sans', '#444', 'center', width)
        return
      case 'pair':
      case 'strong':
      case 'fine':
        this.#pair(row)
        return
      case 'mark': {
        this.y += 6
        const top = this.y
        this.#lines(row.text, SIZES.mark, 'bold', '#111', 'center', width)
        this.#document
          .rect(left, top - 3, width, this.y - top + 5)
          .lineWidth(1)
          .stroke('#111')
        this.y += 5
        return
      }
      default: {
        const font = BOLD.has(row.kind) ? 'bold' : 'sans'
        const align = row.kind === 'title' || row.kind === 'centered' ? 'center' : 'left'
        this.#lines(row.text, SIZES[row.kind], font, '#111', align, width)
      }
    }
  }

  #pair({ kind, left, right }: Extract<ReceiptRow, { kind: 'pair' | 'strong' | 'fine' }>): void {
    const size = SIZES[kind]
    const font = kind === 'strong' ? 'bold' : 'sans'
    const colour = kind === 'fine' ? '#444' : '#111'
    const { width } = this.#column
    const amount = runsOf(right, font)
    const amountWidth = this.#widthOf(amount, size)
    // the name of a till or a person can be as long as a line: it gets lines of its own
    if (amountWidth > width * RIGHT_SHARE_MOST) {
      this.#lines(left, size, font, colour, 'left', width)
      this.#lines(right, size, font, colour, 'right', width)
      return
    }
    this.#room(size * LINE_HEIGHT)
    // the amount stands on the first line of what it is for
    if (right !== '') this.#write(amount, this.#column.left + width - amountWidth, this.y, size, colour)
    this.#lines(left, size, font, colour, 'left', width - amountWidth - (right === '' ? 0 : GAP))
  }

  #lines(
    text: string,
    size: number,
    font: 'sans' | 'bold',
    colour: string,
    align: 'left' | 'center' | 'right',
    width: number,
  ): void {
    for (const line of this.#broken(text, size, font, width)) {
      this.#room(size * LINE_HEIGHT)
      const spare = (this.#column.width - this.#widthOf(line, size)) * SPARE_BEFORE[align]
      this.#write(line, this.#column.left + Math.max(spare, 0), this.y, size, colour)
      this.y += size * LINE_HEIGHT
    }
  }

  /** Lines that fit: broken at spaces, and where a word is longer than a line, within it. */
  #broken(text: string, size: number, font: 'sans' | 'bold', width: number): TextRun[][] {
    const lines: string[] = []
    let line = ''
    for (const word of text.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`
      if (this.#fits(longer, size, font, width)) line = longer
      else {
        if (line !== '') lines.push(line)
        line = ''
        for (const character of word) {
          if (line !== '' && !this.#fits(line + character, size, font, width)) {
            lines.push(line)
            line = ''
          }
          line += character
        }
      }
    }
    if (line !== '') lines.push(line)
    return lines.map(each => runsOf(each, font))
  }

  #fits(text: string, size: number, font: 'sans' | 'bold', width: number): boolean {
    return this.#widthOf(runsOf(text, font), size) <= width
  }

  #widthOf(runs: readonly TextRun[], size: number): number {
    return runs.reduce((sum, { font, text }) => sum + this.#document.font(font).fontSize(size).widthOfString(text), 0)
  }

  #write(runs: readonly TextRun[], x: number, y: number, size: number, colour: string): void {
    let from = x
    for (const { font, text } of runs) {
      this.#document.font(font).fontSize(size).fillColor(colour)
      const width = this.#document.widthOfString(text)
      this.#document.text(text, from, y + this.#rise(font, size), { lineBreak: false })
      from += width
    }
  }

  /** Fonts hang from their own tops; their feet are to stand on one line. */
  #rise(font: FontName, size: number): number {
    const ascents: Readonly<Record<FontName, number>> = { sans: 0.928, bold: 0.928, any: 0.875 }
    return (ascents.sans - ascents[font]) * size
  }

  #room(height: number): void {
    if (this.y + height <= this.#column.bottom || this.y === this.#column.top) return
    this.#document.addPage()
    this.y = this.#column.top
  }
}
