import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ARCHIVE_PRODUCT, CREATE_PRODUCTS, SEARCH, UPDATE_PRODUCT } from './documents.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

const SHELF: readonly [sku: string, name: string, barcode?: string][] = [
  ['COF-1', 'Coffee beans, dark roast'],
  ['COF-2', 'Iced coffee'],
  ['TEA-1', 'Green tea'],
  ['TEA-2', 'Tea pot, green'],
  ['CHO-1', 'Chocolate bar 70%'],
  ['MOZ-1', 'Mozzarella di bufala'],
  ['CRE-1', 'Crème brûlée'],
  ['GRU-1', 'Grüße aus Köln'],
  ['SAF-1', 'Apfelsaft naturtrüb'],
  ['TSH-1', 'T-Shirt, white'],
  ['COL-1', 'Coca-Cola 0.5 l', '5449000000996'],
  ['MOL-1', 'Молоко цельное'],
  ['RYO-1', '緑茶 ティーバッグ'],
  ['ELL-1', 'Ελληνικός καφές'],
  ['ARA-1', 'قهوة عربية'],
  ['HIN-1', 'मसाला चाय'],
  ['THA-1', 'ชาเขียวเย็น'],
  ['ART-4711', 'Eau de Cologne'],
  ['100', '100 % cotton'],
  [
    'GIF-1',
    'Gift box: almonds, apricots, bananas, cashews, cranberries, dates, figs, hazelnuts, macadamias, mangoes, papayas, peanuts, pecans, pistachios, raisins, sultanas, walnuts',
  ],
]

let catalog: TestCatalog
let owner: Asking
beforeAll(async () => {
  catalog = await startCatalog()
  owner = await catalog.person()
  const input = SHELF.map(([sku, name, barcode]) => ({
    ...{ sku, name, price: { amount: '1', currency: 'EUR' } },
    barcodes: barcode === undefined ? [] : [{ code: barcode }],
  }))
  const answers: Answered[] = Object.values(await owner.ask(CREATE_PRODUCTS, { input }))
  expect(answers.map(({ __typename }) => __typename)).toEqual(SHELF.map(() => 'CreateProductSuccess'))
})
afterAll(() => catalog?.stop())

const search = async (text: string, asking = owner): Promise<string[]> =>
  (await asking.ask(SEARCH, { text })).nodes.map(({ sku }: Answered) => sku)

describe('a search finds', () => {
  test.each([
    ['a SKU, however it is written', 'cof-1', ['COF-1']],
    ['a barcode', '5449000000996', ['COL-1']],
    ['the beginning of a barcode', '5449', ['COL-1']],
    ['names that begin with it, before those that hold it', 'coffee', ['COF-1', 'COF-2']],
    ['SKUs that begin with it', 'ar', ['ARA-1', 'ART-4711']],
    ['all words, in any order', 'green tea', ['TEA-1', 'TEA-2']],
    ['words by their beginnings', 'roa bea', ['COF-1']],
    ['an odd number of words', 'roast dark coffee', ['COF-1']],
    ['two beginnings of one word', 'green gre tea', ['TEA-1', 'TEA-2']],
    ['words of a name that has very many', 'walnuts dates', ['GIF-1']],
    ['nothing that lacks one of the words', 'coffee tea', []],
    ['nothing where a word only begins like one of a name', 'icelandic coffers', []],
    ['nothing where a word only begins like one of very many', 'walrus datebooks', []],
    ['a word without its accents', 'creme brulee', ['CRE-1']],
    ['a word with accents that the name does not have', 'cöffée', ['COF-1', 'COF-2']],
    ['a sharp s as two', 'grusse', ['GRU-1']],
    ['a part of a word', 'saft', ['SAF-1']],
    ['a word with two letters swapped', 'choclate bar', ['CHO-1']],
    ['a word with a letter left out', 'chocolat', ['CHO-1']],
    ['a word with a letter put for another', 'chokolate', ['CHO-1']],
    ['a word with a letter too many', 'chocollatte', ['CHO-1']],
    ['a word without its doubled letters', 'mozarela', ['MOZ-1']],
    ['a compound, with and without its hyphen', 'tshirt', ['TSH-1']],
    ['a compound by its parts', 't-shirt', ['TSH-1']],
    ['a compound of two words as one', 'cocacola', ['COL-1']],
    ['the number in a SKU', '4711', ['ART-4711']],
    ['Cyrillic, by its beginning', 'моло', ['MOL-1']],
    ['Cyrillic, mistyped', 'молако', ['MOL-1']],
    ['Chinese characters in the middle of a name', '茶', ['RYO-1']],
    ['katakana in the middle of a word', 'バッグ', ['RYO-1']],
    ['Greek without its accents', 'καφες', ['ELL-1']],
    ['Arabic', 'قهوة', ['ARA-1']],
    ['Hindi', 'चाय', ['HIN-1']],
    ['Thai in the middle of a name', 'เขียว', ['THA-1']],
    ['an exact SKU before a name that begins with it', '100', ['100']],
    ['nothing for what is not there', 'xylophone', []],
    ['nothing for nothing', '   ', []],
    ['nothing for signs alone', "%_'\\:*&|!()", []],
    ['words among signs that mean something to databases', "coffee' & !beans:* | \\", ['COF-1']],
  ])('%s: %s', async (_, text, skus) => {
    expect(await search(text)).toEqual(skus)
  })

  test('no archived product, and a renamed one by its new name only', async () => {
    const asking = await catalog.person()
    const row = (sku: string, name: string) => ({ sku, name, price: { amount: '1', currency: 'EUR' } })
    const made = await asking.ask(CREATE_PRODUCTS, { input: [row('A', 'Red wine'), row('B', 'White wine')] })
    await asking.ask(ARCHIVE_PRODUCT, { input: { id: made[0].product.id } })
    await asking.ask(UPDATE_PRODUCT, { input: { id: made[1].product.id, name: 'Blanc' } })
    expect(await search('wine', asking)).toEqual([])
    expect(await search('A', asking)).toEqual([])
    expect(await search('blnac', asking)).toEqual(['B'])
  })

  test('nothing of another business, by no step', async () => {
    const other = await catalog.person()
    for (const text of ['COF-1', '5449000000996', 'coffee', 'TEA-', '5449', 'roa bea', 'mozarela', 'saft'])
      expect(await search(text, other), text).toEqual([])
  })
})

test('a search is read page by page, through all its steps, without a gap or a repetition', async () => {
  const asking = await catalog.person()
  const row = (sku: string, name: string, code: string) => ({
    ...{ sku, name, price: { amount: '1', currency: 'EUR' } },
    barcodes: [{ code }],
  })
  const input = [
    row('PINE', 'Zero', 'Z-0'),
    ...Array.from({ length: 7 }, (_, index) => row(`N${index}`, 'Pine board', `N-${index}`)),
    ...Array.from({ length: 6 }, (_, index) => row(`PINE${index}`, `Board ${index}`, `S-${index}`)),
    ...Array.from({ length: 5 }, (_, index) => row(`B${index}`, `Beam ${index}`, `pine-${index}`)),
    ...Array.from({ length: 9 }, (_, index) => row(`W${index}`, `Old pinewood ${index % 3}`, `W-${index}`)),
    ...Array.from({ length: 8 }, (_, index) => row(`T${index}`, `Alpine pnie ${index}`, `T-${index}`)),
    row('OTHER', 'Oak', 'O-1'),
  ]
  await asking.ask(CREATE_PRODUCTS, { input })
  for (const first of [1, 4, 100]) {
    const read: string[] = []
    let after: string | null = null
    do {
      const page: Answered = await asking.ask(SEARCH, { text: 'pine', first, after })
      read.push(...page.nodes.map(({ sku }: Answered) => sku))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after)
    const steps = read.map(sku => (sku === 'PINE' ? '=' : sku.startsWith('PINE') ? 'S' : sku.slice(0, 1))).join('')
    expect(steps, `first ${first}`).toBe('=NNNNNNNSSSSSSBBBBBWWWWWWWWWTTTTTTTT')
    expect(new Set(read).size).toBe(read.length)
  }
})

test('a text that is too long, or a cursor of another list, is refused', async () => {
  expect(await owner.refused(SEARCH, { text: 'x'.repeat(201) })).toBe('BAD_USER_INPUT')
  for (const place of [
    ['searchProducts', '7', 'a', '01900000-0000-7000-8000-000000000000'],
    ['searchProducts', '1', 'a', 'x'],
    ['products', 'a', '01900000-0000-7000-8000-000000000000'],
  ]) {
    const after = Buffer.from(JSON.stringify(place)).toString('base64url')
    expect(await owner.refused(SEARCH, { text: 'a', after })).toBe('BAD_USER_INPUT')
  }
  expect(await search('a\u0000q')).toEqual([])
})
