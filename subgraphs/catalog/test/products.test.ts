import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CREATE_PRODUCT, CREATE_PRODUCTS, PRODUCTS, UPDATE_PRODUCT } from './documents.ts'
import { createProduct, NO_ID, newProduct, PRICE } from './new-product.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

let catalog: TestCatalog
let owner: Asking
beforeAll(async () => {
  catalog = await startCatalog()
  owner = await catalog.person()
})
afterAll(() => catalog?.stop())

describe('a new product', () => {
  test('is kept with all that is given, and read back by id, SKU and barcode', async () => {
    const product = await newProduct(owner, {
      sku: 'ESP-1',
      name: '  Espresso ',
      description: 'Strong.\nVery.',
      unit: 'KILOGRAM',
      soldByWeight: true,
      price: { amount: '24.995', currency: 'EUR' },
      barcodes: [{ code: '4006381333931' }, { code: 'HOUSE-1', symbology: 'INTERNAL' }],
      scaleItem: '00042',
      attributes: [{ name: 'Origin', value: 'Ethiopia' }],
      imageUrl: 'https://example.com/espresso.png',
    })
    expect(product).toMatchObject({
      sku: 'ESP-1',
      name: 'Espresso',
      description: 'Strong.\nVery.',
      unit: 'KILOGRAM',
      quantityDecimals: 3,
      soldByWeight: true,
      price: { amount: '24.995', currency: 'EUR' },
      taxClass: { name: 'Untaxed' },
      category: null,
      barcodes: [
        { code: '4006381333931', symbology: 'EAN_13' },
        { code: 'HOUSE-1', symbology: 'INTERNAL' },
      ],
      scaleItem: '42',
      attributes: [{ name: 'Origin', value: 'Ethiopia' }],
      imageUrl: 'https://example.com/espresso.png',
      version: 1,
      archivedAt: null,
    })
    expect(await owner.ask('query ($id: ID!) { product(id: $id) { sku } }', { id: product.id })).toEqual({
      sku: 'ESP-1',
    })
    expect(await owner.ask('{ productBySku(sku: "esp-1") { id } }')).toEqual({ id: product.id })
    expect(await owner.ask('{ productByBarcode(barcode: "4006381333931") { product { id } } }')).toEqual({
      product: { id: product.id },
    })
  })

  test('is refused where a field cannot be taken, which is named', async () => {
    const faults: [string, Record<string, unknown>][] = [
      ['id', { id: 'mine' }],
      ['sku', { sku: 'a  b' }],
      ['sku', { sku: '' }],
      ['name', { name: ' ' }],
      ['name', { name: 'x'.repeat(201) }],
      ['name', { name: 'Card 4111 1111 1111 1111' }],
      ['description', { description: 'x'.repeat(2001) }],
      ['quantityDecimals', { quantityDecimals: 4 }],
      ['soldByWeight', { soldByWeight: true, unit: 'PIECE' }],
      ['price.amount', { price: { amount: '-1', currency: 'EUR' } }],
      ['price.amount', { price: { amount: '1.234567', currency: 'EUR' } }],
      ['price.amount', { price: { amount: '1.2345', currency: 'JPY' } }],
      ['barcodes.0.code', { barcodes: [{ code: '4006381333932', symbology: 'EAN_13' }] }],
      ['barcodes', { barcodes: [{ code: '0036000291452' }, { code: '036000291452' }] }],
      ['barcodes', { barcodes: Array.from({ length: 21 }, (_, index) => ({ code: `B${index}` })) }],
      ['scaleItem', { scaleItem: '1234567' }],
      ['scaleItem', { scaleItem: '000' }],
      ['attributes', { attributes: Array.from({ length: 51 }, (_, index) => ({ name: `n${index}`, value: 'v' })) }],
      [
        'attributes',
        {
          attributes: [
            { name: 'A', value: '1' },
            { name: 'a', value: '2' },
          ],
        },
      ],
      ['attributes.0.value', { attributes: [{ name: 'A', value: '' }] }],
      ['imageUrl', { imageUrl: 'http://example.com/a.png' }],
      ['imageUrl', { imageUrl: 'https://user:secret@example.com/a.png' }],
      ['imageUrl', { imageUrl: `https://example.com/${'x'.repeat(2000)}` }],
    ]
    for (const [field, given] of faults)
      expect(await createProduct(owner, given), JSON.stringify(given).slice(0, 80)).toMatchObject({
        __typename: 'InvalidInput',
        field,
      })
  })

  test('cannot have the SKU, a barcode or the scale number of another', async () => {
    await newProduct(owner, { sku: 'Taken-ä', barcodes: [{ code: '036000291452' }], scaleItem: '7' })
    expect(await createProduct(owner, { sku: 'TAKEN-Ä' })).toMatchObject({
      __typename: 'SkuTaken',
      sku: 'TAKEN-Ä',
      code: 'SKU_TAKEN',
    })
    expect(await createProduct(owner, { barcodes: [{ code: '0036000291452' }] })).toMatchObject({
      __typename: 'BarcodeTaken',
      barcode: '0036000291452',
    })
    expect(await createProduct(owner, { scaleItem: '07' })).toMatchObject({ __typename: 'ScaleItemTaken' })
    expect((await createProduct(await catalog.person(), { sku: 'TAKEN-Ä' })).__typename).toBe('CreateProductSuccess')
  })

  test('needs a tax class and a category that are there', async () => {
    expect(await createProduct(owner, { taxClassId: NO_ID })).toMatchObject({ __typename: 'NotFound' })
    expect(await createProduct(owner, { taxClassId: 'x' })).toMatchObject({ __typename: 'NotFound' })
    expect(await createProduct(owner, { categoryId: NO_ID })).toMatchObject({ __typename: 'NotFound' })
  })

  test('sent again under its id is the same product; with other content it is refused', async () => {
    const input = { id: randomUUID(), sku: 'ONCE', name: 'Once', price: PRICE }
    const first = await owner.ask(CREATE_PRODUCT, { input })
    await owner.ask(UPDATE_PRODUCT, { input: { id: input.id, name: 'Renamed' } })
    const again = await owner.ask(CREATE_PRODUCT, { input: { ...input, name: ' Once' } })
    expect(again).toMatchObject({
      __typename: 'CreateProductSuccess',
      product: { id: first.product.id, name: 'Renamed' },
    })
    expect(await owner.ask(CREATE_PRODUCT, { input: { ...input, name: 'Twice' } })).toMatchObject({
      __typename: 'AlreadyUsedDifferently',
    })
  })

  test('sent again under its Idempotency-Key is the same product', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const input = { sku: 'KEYED', name: 'Keyed', price: PRICE }
    const [first, again] = [
      await owner.ask(CREATE_PRODUCT, { input }, headers),
      await owner.ask(CREATE_PRODUCT, { input }, headers),
    ]
    expect(again).toEqual(first)
    expect(first.__typename).toBe('CreateProductSuccess')
    expect(await owner.ask(CREATE_PRODUCT, { input: { ...input, sku: 'OTHER' } }, headers)).toMatchObject({
      __typename: 'AlreadyUsedDifferently',
    })
  })

  test('that was refused leaves its id free', async () => {
    const id = randomUUID()
    await newProduct(owner, { sku: 'BUSY' })
    expect((await createProduct(owner, { id, sku: 'BUSY' })).__typename).toBe('SkuTaken')
    expect((await createProduct(owner, { id, sku: 'FREE' })).__typename).toBe('CreateProductSuccess')
  })

  test('wanted by ten at once under one SKU is created once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => createProduct(owner, { sku: 'RACE' })))
    expect(answers.map(({ __typename }) => __typename).sort()).toEqual([
      'CreateProductSuccess',
      ...Array(9).fill('SkuTaken'),
    ])
  })

  test('sent ten times at once under one id is created once and answered alike', async () => {
    const input = { id: randomUUID(), sku: 'TEN', name: 'Ten', price: PRICE }
    const answers = await Promise.all(Array.from({ length: 10 }, () => owner.ask(CREATE_PRODUCT, { input })))
    for (const answer of answers) expect(answer).toMatchObject({ product: { id: input.id } })
  })
})

describe('many products at once', () => {
  test('have an answer each, in order, and one that cannot be taken leaves the others', async () => {
    const asking = await catalog.person()
    const id = randomUUID()
    const row = (given: Record<string, unknown>) => ({ name: 'Row', price: PRICE, ...given })
    const input = [
      row({ sku: 'A', barcodes: [{ code: 'X-1' }] }),
      row({ sku: 'a' }),
      row({ sku: 'B', name: '' }),
      row({ sku: 'C', barcodes: [{ code: 'X-1' }] }),
      row({ id, sku: 'D' }),
      row({ id, sku: 'D' }),
      row({ id, sku: 'E' }),
      row({ sku: 'F', taxClassId: NO_ID }),
    ]
    const answers: Answered[] = Object.values(await asking.ask(CREATE_PRODUCTS, { input }))
    expect(answers.map(({ __typename }) => __typename)).toEqual([
      'CreateProductSuccess',
      'SkuTaken',
      'InvalidInput',
      'BarcodeTaken',
      'CreateProductSuccess',
      'CreateProductSuccess',
      'AlreadyUsedDifferently',
      'NotFound',
    ])
    expect(answers[4].product.id).toBe(id)
    expect(answers[5].product.id).toBe(id)
    expect((await asking.ask(PRODUCTS)).nodes.map((node: Answered) => node.sku)).toEqual(
      [...new Set([answers[0].product, answers[4].product])].sort((a, b) => (a.id < b.id ? -1 : 1)).map(p => p.sku),
    )
  })

  test('are a hundred at the most, and a batch sent again creates nothing', async () => {
    const asking = await catalog.person()
    const input = Array.from({ length: 100 }, (_, index) => ({
      id: randomUUID(),
      sku: `S${index}`,
      name: `Product ${index}`,
      price: PRICE,
      barcodes: [{ code: `CODE-${index}` }],
    }))
    const [first, again] = [await asking.ask(CREATE_PRODUCTS, { input }), await asking.ask(CREATE_PRODUCTS, { input })]
    expect(again).toEqual(first)
    expect(Object.values<Answered>(first).every(({ __typename }) => __typename === 'CreateProductSuccess')).toBe(true)
    const one = (await asking.ask(CREATE_PRODUCT, { input: input[7] })).product
    expect(one.id).toBe(input[7]?.id)
    const tooMany = [...input, { id: randomUUID(), sku: 'S100', name: 'One more', price: PRICE }]
    expect(await asking.refused(CREATE_PRODUCTS, { input: tooMany })).toBe('BAD_USER_INPUT')
  })
})
