import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CREATE_PRODUCT, SCAN, SET_SCALE_LAYOUTS } from './documents.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

const PNG_SIGNATURE = '89504e470d0a1a0a'

let catalog: TestCatalog
let owner: Asking
beforeAll(async () => {
  catalog = await startCatalog()
  owner = await catalog.person()
})
afterAll(() => catalog?.stop())

const create = async (sku: string, given: object): Promise<Answered> =>
  owner.ask(CREATE_PRODUCT, { input: { sku, name: sku, price: { amount: '20', currency: 'EUR' }, ...given } })
const scan = (barcode: string): Promise<Answered> => owner.ask(SCAN, { barcode })

describe('a scanner finds a product', () => {
  test.each([
    ['UPC-A by its EAN-13', { code: '036000291452' }, '0036000291452'],
    ['EAN-13 by its UPC-A', { code: '0012345678905' }, '012345678905'],
    ['UPC-E by its UPC-A', { code: '04252614', symbology: 'UPC_E' }, '042100005264'],
    ['UPC-A by its UPC-E', { code: '012345000065' }, '01234565'],
    ['EAN-8', { code: '96385074' }, '96385074'],
    ['GTIN-14', { code: '10012345678902' }, '10012345678902'],
    ['Code 128', { code: 'Shelf 7/B' }, 'Shelf 7/B'],
    ['digits of its own that look like a GTIN', { code: '4006381333931', symbology: 'INTERNAL' }, '4006381333931'],
    ['a Code 128 with spaces around it', { code: ' ABC-9 ' }, '  ABC-9'],
  ])('%s', async (what, barcode, scanned) => {
    expect((await create(what.replaceAll(/[^a-z0-9]/gi, '-'), { barcodes: [barcode] })).__typename).toBe(
      'CreateProductSuccess',
    )
    expect(await scan(scanned)).toMatchObject({ product: { sku: what.replaceAll(/[^a-z0-9]/gi, '-') }, quantity: null })
  })

  test('and nothing for what nothing carries, or is no barcode', async () => {
    for (const text of ['4006381333000', '', ' ', 'ünicode', 'a\u0000b', 'x'.repeat(300)])
      expect(await scan(text)).toBeNull()
  })

  test('of its own business only', async () => {
    await create('OURS', { barcodes: [{ code: 'OURS-1' }] })
    expect(await (await catalog.person()).ask(SCAN, { barcode: 'OURS-1' })).toBeNull()
  })
})

describe('what a scale has printed', () => {
  const layouts = [
    { pattern: '21IIIIIVVVVVC', value: 'WEIGHT', decimals: 3 },
    { pattern: '22IIIIIVVVVVC', value: 'PRICE', decimals: 2 },
  ]

  test('gives the product with its quantity or its price', async () => {
    await create('HAM', { scaleItem: '42', unit: 'KILOGRAM', soldByWeight: true })
    await create('SPICE', { scaleItem: '43', unit: 'GRAM', soldByWeight: true })
    expect(await scan('2100042012504')).toBeNull()
    expect((await owner.ask(SET_SCALE_LAYOUTS, { layouts })).scaleLayouts).toEqual(layouts)
    expect(await owner.ask('{ scaleLayouts { pattern value decimals } }')).toEqual(layouts)
    const code = (digits: string) => digits + checkDigit(digits)
    expect(await scan(code('210004201250'))).toEqual({ product: { sku: 'HAM' }, quantity: '1.25', price: null })
    expect(await scan(code('210004300250'))).toEqual({ product: { sku: 'SPICE' }, quantity: '250', price: null })
    expect(await scan(code('220004201250'))).toEqual({
      ...{ product: { sku: 'HAM' }, quantity: null, price: { amount: '12.50', currency: 'EUR' } },
    })
    expect(await scan(code('210009901250'))).toBeNull()
  })

  test('is found as an ordinary barcode where no scale item is', async () => {
    await create('FIXED', { barcodes: [{ code: `210777700000${checkDigit('210777700000')}` }] })
    expect(await scan(`210777700000${checkDigit('210777700000')}`)).toMatchObject({ product: { sku: 'FIXED' } })
  })

  test('is laid out in a way that can be read back', async () => {
    const set = (given: object[]): Promise<Answered> => owner.ask(SET_SCALE_LAYOUTS, { layouts: given })
    for (const pattern of ['21IIIIIVVVVV', '31IIIIIVVVVVC', '21IIIIIIIIIIC', '21IVIVIVVVVVC'])
      expect(await set([{ ...layouts[0], pattern }])).toMatchObject({ field: 'layouts.0.pattern' })
    expect(await set([layouts[0] as object, layouts[0] as object])).toMatchObject({ field: 'layouts' })
    const many = Array.from({ length: 11 }, () => layouts[0] as object)
    expect(await set(many)).toMatchObject({ __typename: 'InvalidInput', field: 'layouts' })
  })
})

describe('the picture of a barcode', () => {
  const PICTURES = `query ($sku: String!, $scale: Int) {
    productBySku(sku: $sku) { barcodes { symbology svg png(scale: $scale) } } }`

  test.each([
    ['EAN_13', '5901234123457'],
    ['EAN_8', '73513537'],
    ['UPC_A', '725272730706'],
    ['UPC_E', '06543217'],
    ['GTIN_14', '15400141288763'],
    ['CODE_128', 'Tillgraph (1)'],
    ['INTERNAL', 'T-0001'],
  ])('%s is an SVG and a PNG', async (symbology, code) => {
    const sku = `PICTURE-${symbology.replaceAll('_', '-')}`
    expect((await create(sku, { barcodes: [{ code, symbology }] })).__typename).toBe('CreateProductSuccess')
    const [barcode] = (await owner.ask(PICTURES, { sku })).barcodes
    expect(barcode.symbology).toBe(symbology)
    expect(barcode.svg).toMatch(/^<svg [\s\S]*<\/svg>\s*$/)
    const [head, body] = barcode.png.split(',')
    expect(head).toBe('data:image/png;base64')
    expect(Buffer.from(body, 'base64').subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE)
  })

  test('grows with its scale, within bounds', async () => {
    const widthAt = async (scale: number) => {
      const [{ png }] = (await owner.ask(PICTURES, { sku: 'PICTURE-EAN-13', scale })).barcodes
      return Buffer.from(png.split(',')[1], 'base64').readUInt32BE(16)
    }
    expect(await widthAt(8)).toBeGreaterThan(7 * (await widthAt(1)))
    for (const scale of [0, 9, -1])
      expect(await owner.refused(PICTURES, { sku: 'PICTURE-EAN-13', scale })).toBe('BAD_USER_INPUT')
  })

  test('has nothing in it but bars and digits, whatever the code says', async () => {
    await create('EVIL', { barcodes: [{ code: '<script>alert(1)</script>' }] })
    const [{ svg }] = (await owner.ask(PICTURES, { sku: 'EVIL' })).barcodes
    expect(svg).not.toContain('<script')
  })
})

function checkDigit(digits: string): string {
  const sum = Array.from(digits).reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return String((10 - (sum % 10)) % 10)
}
