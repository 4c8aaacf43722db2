import { expect, test } from 'vitest'
import { sampleLine, sampleReceipt } from '../../test/kit/sample-receipt.ts'
import { CODE_PAGES, codePageFor, encodeText } from './code-pages.ts'
import { receiptEscPos } from './esc-pos.ts'
import { runsOf } from './fonts.ts'
import { receiptHtml } from './html.ts'
import { layOut, type ReceiptRow } from './layout.ts'
import { receiptPdf } from './pdf.ts'

const original = { copy: 1, madeAt: new Date('2026-03-29T01:00:00Z') }
const settings = {
  columns: 42,
  codePages: ['CP858', 'CP852', 'CP866', 'CP737'] as const,
  cut: false,
  openDrawer: false,
}

/** Opens the drawer, cuts, resets, starts raw mode, rings; then what a page would run. */
const HOSTILE =
  '\u001bp\u0000\u0019\u00fa\u001dVA\u001b@\u0010\u0014\u0001\u0007<script>alert(1)</script>"\'><img src=x onerror=y>\r\nX-Evil: 1'
const TURNED = 'total\u202e00.0001 RUE\u202c'

function hostileReceipt() {
  const evil = { name: HOSTILE, note: HOSTILE, unit: HOSTILE, unitPrice: 1_000n }
  const lines = [sampleLine('1', HOSTILE, evil), sampleLine('2', TURNED)].map(line => ({
    ...line,
    taxes: line.taxes.map(tax => ({ ...tax, name: HOSTILE })),
  }))
  const store = { name: HOSTILE, address: [HOSTILE], header: HOSTILE, footer: HOSTILE, taxNumber: HOSTILE }
  const receipt = sampleReceipt({ lines, store })
  return { ...receipt, order: { ...receipt.order, note: HOSTILE }, registerName: HOSTILE, cashierName: HOSTILE }
}

/** What a printer does with bytes: commands, and the text between them. Fails on a command that we never send. */
function printed(bytes: Buffer): { readonly commands: string[]; readonly lines: string[] } {
  const commands: string[] = []
  const lines: string[] = []
  let line = ''
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0
    const [next = 0, third = 0] = [bytes[at + 1], bytes[at + 2]]
    if (byte === 0x0a) {
      lines.push(line)
      line = ''
      at++
    } else if (byte === 0x1b || byte === 0x1d) {
      const name = `${byte === 0x1b ? 'ESC' : 'GS'} ${String.fromCharCode(next)}`
      commands.push(name)
      if (name === 'ESC @') at += 2
      else if (['ESC t', 'ESC E', 'ESC a', 'ESC d', 'GS !', 'GS B'].includes(name)) at += 3
      else if (name === 'GS V') at += 4
      else if (name === 'ESC p') at += 5
      else if (name === 'GS (') at += 5 + (bytes[at + 3] ?? 0) + 256 * (bytes[at + 4] ?? 0)
      else throw new Error(`${name} ${third} was never meant`)
    } else {
      if (byte < 0x20 || byte === 0x7f) throw new Error(`control byte ${byte}`)
      line += String.fromCharCode(byte)
      at++
    }
  }
  return { commands, lines }
}

test('nothing in a name commands a printer', () => {
  const { commands, lines } = printed(receiptEscPos(layOut(hostileReceipt(), original), settings))
  expect(commands.filter(name => name === 'ESC p' || name === 'GS V')).toEqual([])
  expect(commands.filter(name => name === 'ESC @')).toHaveLength(1)
  expect(lines.join('')).toContain('<script>')
})

test('a printer cuts and opens the drawer where it is asked to', () => {
  const { commands } = printed(
    receiptEscPos(layOut(sampleReceipt(), original), { ...settings, cut: true, openDrawer: true }),
  )
  expect(commands.filter(name => name === 'ESC p' || name === 'GS V')).toEqual(['ESC p', 'GS V'])
})

for (const columns of [32, 42, 48])
  test(`no line is longer than ${columns} columns, and amounts stand at the right edge`, () => {
    for (const receipt of [
      sampleReceipt(),
      hostileReceipt(),
      sampleReceipt({ lines: [sampleLine('1', 'x'.repeat(200))] }),
    ]) {
      const { lines } = printed(receiptEscPos(layOut(receipt, { ...original, copy: 2 }), { ...settings, columns }))
      expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(columns)
    }
    const { lines } = printed(receiptEscPos(layOut(sampleReceipt(), original), { ...settings, columns }))
    expect(lines.find(line => line.startsWith('Total EUR'))).toBe(`Total EUR${'35.51'.padStart(columns - 9)}`)
  })

test('a title stands in the middle of a line of wide characters', () => {
  const { lines } = printed(receiptEscPos([{ kind: 'title', text: 'Corner Shop' }], settings))
  expect(lines[0]).toBe('     Corner Shop')
})

test('text goes to the table that has its letters, and what no table has is a question mark', () => {
  expect(codePageFor('Grünwald 5 €', settings.codePages)).toBe('CP858')
  expect(codePageFor('Łódź', settings.codePages)).toBe('CP852')
  expect(codePageFor('Хлеб', settings.codePages)).toBe('CP866')
  expect(codePageFor('Ωμέγα', settings.codePages)).toBe('CP737')
  expect(Buffer.from(encodeText('Łódź 寿司', 'CP858')).toString('latin1')).toBe('?\u00a2dz ??')
  for (const page of CODE_PAGES)
    for (let code = 0; code < 0x3000; code++)
      for (const byte of encodeText(String.fromCodePoint(code), page)) expect(byte >= 0x20 && byte !== 0x7f).toBe(true)
})

test('nothing in a name is more than text on a page', () => {
  const html = receiptHtml(layOut(hostileReceipt(), original), HOSTILE, 'MM80')
  expect(html).not.toMatch(/<script|<img|onerror=y>/)
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(html.slice(html.indexOf('<body>'))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/)
  expect(receiptHtml(layOut(sampleReceipt(), original), 'x', 'A4')).not.toMatch(
    /(?:src|href)\s*=|url\(|@import|<script/,
  )
})

test('a copy is marked on every form, an original on none', async () => {
  const rows = layOut(sampleReceipt(), { copy: 3, madeAt: new Date('2026-10-25T01:30:00Z') })
  const mark = 'COPY 3 - 2026-10-25 02:30'
  expect(receiptHtml(rows, 'x', 'A4')).toContain(mark)
  expect(printed(receiptEscPos(rows, settings)).lines.some(line => line.includes(mark))).toBe(true)
  expect(rows.some(row => row.kind === 'mark')).toBe(true)
  expect(JSON.stringify(layOut(sampleReceipt(), original))).not.toContain('COPY')
})

test('a receipt shows all that was paid, taxed, returned and said', () => {
  const pairs = layOut(sampleReceipt(), original).flatMap(row => ('left' in row ? [`${row.left}|${row.right}`] : []))
  expect(pairs).toEqual([
    ...['Receipt|004711', 'Date|2026-03-29 03:00', 'Till|Till 2', 'Served by|Anna Meier'],
    ...['Sourdough bread, whole grain, one kilogram, sliced|25.00', '2 × 12.50|', 'Comté|11.68', '0.355 kg × 32.90|'],
    ...['Discount 10 %|-1.17', 'in thin slices|', 'Subtotal|36.68', 'Discounts|-1.17', 'Total EUR|35.51'],
    ...['Rounding|-0.01', 'To pay|35.50', 'Card visa **** 4242|15.00', 'Tip|1.00', 'Cash|25.00', 'Change|-4.50'],
    ...['VAT 19 % of 21.01|3.99', 'VAT reduced 7 % of 9.83|0.68'],
    ...['1 × Sourdough bread, whole grain, one kilogram, sliced|-12.50', 'Taxes in it|-2.00', 'Given back|12.50'],
  ])
})

test('prices without taxes have them added', () => {
  const receipt = sampleReceipt()
  const rows = layOut({ ...receipt, order: { ...receipt.order, prices: 'EXCLUSIVE' } }, original)
  const texts = rows.map(row => JSON.stringify(row)).join()
  expect(texts).toContain('"left":"Net","right":"30.84"')
  expect(texts).toContain('"text":"Taxes"')
})

const WORLD = 'Łódź Ωμέγα Хлеб 寿司の盛り合わせ 김치찌개 قهوة عربية לחם ต้มยำ मसाला चाय'

test('a PDF has letters for the scripts of the world, and a box for what has none', async () => {
  const runs = runsOf(`${WORLD} 🍦`, 'sans')
  expect(
    runs
      .map(({ text }) => text)
      .join('')
      .match(/\u25a1/g),
  ).toHaveLength(1)
  const pdf = await receiptPdf(layOut(sampleReceipt({ lines: [sampleLine('1', WORLD)] }), original), WORLD, 'MM80')
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
  expect(pdf.length).toBeLessThan(150_000)
})

test('words that are read from the right stand in their order, beside words that are not', () => {
  const order = (text: string) =>
    runsOf(text, 'sans')
      .map(run => run.text)
      .join('|')
  expect(order('قهوة عربية')).toBe('عربية| |قهوة')
  expect(order('2 × قهوة عربية hot')).toBe('2 × |عربية| |قهوة| hot')
})

test('a receipt of 200 lines takes a long roll, or several pages', async () => {
  const lines = Array.from({ length: 200 }, (_, index) =>
    sampleLine(String(index + 1), `Product ${index} ${'long name '.repeat(8)}`),
  )
  const rows: ReceiptRow[] = layOut(sampleReceipt({ lines }), original)
  const pages = async (paper: 'MM80' | 'A4') =>
    (await receiptPdf(rows, 'x', paper)).toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0
  expect(await pages('MM80')).toBe(1)
  expect(await pages('A4')).toBeGreaterThan(5)
}, 30_000)

test('a hostile name makes a PDF like any other', async () => {
  const pdf = await receiptPdf(layOut(hostileReceipt(), original), HOSTILE, 'A4')
  expect(pdf.toString('latin1')).not.toMatch(/\/JavaScript|\/OpenAction|\/Launch|\/URI/)
})
