import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import {
  ARCHIVE_PRODUCT,
  CREATE_CATEGORY,
  CREATE_PRODUCT,
  CREATE_PRODUCTS,
  CREATE_TAX_CLASS,
  PRODUCTS,
  UNARCHIVE_PRODUCT,
  UPDATE_PRODUCT,
} from './documents.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

const PRICE = { amount: '2.40', currency: 'EUR' }
const NO_ID = '01900000-0000-7000-8000-00000000dead'

let catalog: TestCatalog
let owner: Asking
beforeAll(async () => {
  catalog = await startCatalog()
  owner = await catalog.person()
})
afterAll(() => catalog?.stop())

const create = async (given: Record<string, unknown>, asking = owner): Promise<Answered> =>
  asking.ask(CREATE_PRODUCT, { input: { sku: randomUUID(), name: 'Thing', price: PRICE, ...given } })
const created = async (given: Record<string, unknown> = {}, asking = owner) => (await create(given, asking)).product

describe('a new product', () => {
  test('is kept with all that is given, and read back by id, SKU and barcode', async () => {
    const product = await created({
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
      expect(await create(given), JSON.stringify(given).slice(0, 80)).toMatchObject({
        __typename: 'InvalidInput',
        field,
      })
  })

  test('cannot have the SKU, a barcode or the scale number of another', async () => {
    await created({ sku: 'Taken-ä', barcodes: [{ code: '036000291452' }], scaleItem: '7' })
    expect(await create({ sku: 'TAKEN-Ä' })).toMatchObject({
      __typename: 'SkuTaken',
      sku: 'TAKEN-Ä',
      code: 'SKU_TAKEN',
    })
    expect(await create({ barcodes: [{ code: '0036000291452' }] })).toMatchObject({
      __typename: 'BarcodeTaken',
      barcode: '0036000291452',
    })
    expect(await create({ scaleItem: '07' })).toMatchObject({ __typename: 'ScaleItemTaken' })
    expect((await create({ sku: 'TAKEN-Ä' }, await catalog.person())).__typename).toBe('CreateProductSuccess')
  })

  test('needs a tax class and a category that are there', async () => {
    expect(await create({ taxClassId: NO_ID })).toMatchObject({ __typename: 'NotFound' })
    expect(await create({ taxClassId: 'x' })).toMatchObject({ __typename: 'NotFound' })
    expect(await create({ categoryId: NO_ID })).toMatchObject({ __typename: 'NotFound' })
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
    await created({ sku: 'BUSY' })
    expect((await create({ id, sku: 'BUSY' })).__typename).toBe('SkuTaken')
    expect((await create({ id, sku: 'FREE' })).__typename).toBe('CreateProductSuccess')
  })

  test('wanted by ten at once under one SKU is created once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create({ sku: 'RACE' })))
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

describe('a change of a product', () => {
  test('changes what is given and leaves the rest', async () => {
    const before = await created({
      description: 'Old',
      barcodes: [{ code: 'KEEP-1' }],
      attributes: [{ name: 'A', value: '1' }],
      scaleItem: '99',
      unit: 'GRAM',
      soldByWeight: true,
    })
    const named = (await owner.ask(UPDATE_PRODUCT, { input: { id: before.id, name: 'New name' } })).product
    expect(named).toEqual({ ...before, name: 'New name', version: 2 })
    const cleared = (
      await owner.ask(UPDATE_PRODUCT, {
        input: { id: before.id, description: null, scaleItem: null, unit: 'PIECE', attributes: [], barcodes: [] },
      })
    ).product
    expect(cleared).toMatchObject({
      ...{ description: null, scaleItem: null, unit: 'PIECE', soldByWeight: false, quantityDecimals: 0 },
      ...{ attributes: [], barcodes: [], version: 3, name: 'New name' },
    })
    expect(await owner.ask('{ productByBarcode(barcode: "KEEP-1") { product { id } } }')).toBeNull()
  })

  test('from an old version is refused', async () => {
    const { id } = await created()
    const input = { id, version: 1, name: 'First' }
    expect((await owner.ask(UPDATE_PRODUCT, { input })).product).toMatchObject({ name: 'First', version: 2 })
    expect(await owner.ask(UPDATE_PRODUCT, { input: { ...input, name: 'Second' } })).toMatchObject({
      __typename: 'ChangedMeanwhile',
    })
  })

  test('by ten at once from one version is made by one', async () => {
    const { id } = await created()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        owner.ask(UPDATE_PRODUCT, { input: { id, version: 1, name: `Name ${index}` } }),
      ),
    )
    expect(answers.filter(({ __typename }) => __typename === 'UpdateProductSuccess')).toHaveLength(1)
  })

  test('cannot take the SKU or a barcode of another, but keeps its own', async () => {
    await created({ sku: 'THEIRS', barcodes: [{ code: 'THEIRS-1' }] })
    const mine = await created({ sku: 'MINE', barcodes: [{ code: 'MINE-1' }] })
    const update = (given: object) => owner.ask(UPDATE_PRODUCT, { input: { id: mine.id, ...given } })
    expect((await update({ sku: 'theirs' })).__typename).toBe('SkuTaken')
    expect((await update({ barcodes: [{ code: 'THEIRS-1' }] })).__typename).toBe('BarcodeTaken')
    expect((await update({ sku: 'mine', barcodes: [{ code: 'MINE-2' }, { code: 'MINE-1' }] })).product).toMatchObject({
      sku: 'mine',
      barcodes: [{ code: 'MINE-2' }, { code: 'MINE-1' }],
    })
  })

  test('of the price holds from now on, and what it was stays on record', async () => {
    const { id } = await created()
    for (const amount of ['2.50', '2.50', '2.60'])
      await owner.ask(UPDATE_PRODUCT, { input: { id, price: { amount, currency: 'EUR' } } })
    const history = `query ($id: ID!, $after: String) { product(id: $id) { priceHistory(first: 2, after: $after) {
      nodes { price { amount } validFrom } pageInfo { hasNextPage endCursor } } } }`
    const { priceHistory } = await owner.ask(history, { id })
    expect(priceHistory.nodes.map((node: Answered) => node.price.amount)).toEqual(['2.60', '2.50'])
    const rest = await owner.ask(history, { id, after: priceHistory.pageInfo.endCursor })
    expect(rest.priceHistory.nodes.map((node: Answered) => node.price.amount)).toEqual(['2.40'])
    expect(rest.priceHistory.pageInfo.hasNextPage).toBe(false)
  })
})

test('an archived product is out of the list but not gone, and comes back', async () => {
  const asking = await catalog.person()
  const { id } = await created({ sku: 'OLD', name: 'Old' }, asking)
  const archived = await asking.ask(ARCHIVE_PRODUCT, { input: { id } })
  expect(archived.product).toMatchObject({ id, version: 2, archivedAt: expect.any(String) })
  expect((await asking.ask(ARCHIVE_PRODUCT, { input: { id } })).product.version).toBe(2)
  expect((await asking.ask(PRODUCTS)).nodes).toEqual([])
  expect((await asking.ask(PRODUCTS, { filter: { archived: true } })).nodes).toHaveLength(1)
  expect(await asking.ask('{ productBySku(sku: "OLD") { id } }')).toEqual({ id })
  expect(await create({ sku: 'OLD' }, asking)).toMatchObject({ __typename: 'SkuTaken' })
  expect(await asking.ask(UNARCHIVE_PRODUCT, { input: { id, version: 1 } })).toMatchObject({
    __typename: 'ChangedMeanwhile',
  })
  expect((await asking.ask(UNARCHIVE_PRODUCT, { input: { id } })).product.archivedAt).toBeNull()
  expect((await asking.ask(PRODUCTS)).nodes).toHaveLength(1)
})

describe('the list of products', () => {
  test('is in the order of names, whatever their case and accents, page by page without a gap', async () => {
    const asking = await catalog.person()
    const names = ['Zebra', 'äpfel', 'Apfel', 'apple', 'Éclair', 'eclair 2', 'Яблоко', '緑茶', '!!!', 'Élan']
    for (const name of names) await created({ name }, asking)
    const read: string[] = []
    let after: string | null = null
    do {
      const page: Answered = await asking.ask(PRODUCTS, { first: 3, after })
      read.push(...page.nodes.map((node: Answered) => node.name))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after)
    expect(read.toSorted()).toEqual(names.toSorted())
    expect(read.filter(name => !/pfel/i.test(name))).toEqual([
      ...['!!!', 'apple', 'Éclair', 'eclair 2', 'Élan', 'Zebra', 'Яблоко', '緑茶'],
    ])
  })

  test('is filtered by category, with what is beneath it or without, and by tax class', async () => {
    const asking = await catalog.person()
    const category = async (name: string, parentId?: string) =>
      (await asking.ask(CREATE_CATEGORY, { input: { name, parentId } })).category.id
    const drinks = await category('Drinks')
    const hot = await category('Hot', drinks)
    const food = await category('Food')
    await asking.ask(CREATE_TAX_CLASS, { input: { name: 'The default', rates: [] } })
    const taxed = (await asking.ask(CREATE_TAX_CLASS, { input: { name: 'Taxed', rates: [] } })).taxClass.id
    await created({ name: 'C', categoryId: drinks }, asking)
    await created({ name: 'B', categoryId: hot, taxClassId: taxed }, asking)
    await created({ name: 'A', categoryId: food }, asking)
    await created({ name: 'D', categoryId: hot }, asking)
    const names = async (filter: object) =>
      (await asking.ask(PRODUCTS, { filter, first: 2 })).nodes.map((node: Answered) => node.name)
    expect(await names({ categoryId: drinks })).toEqual(['B', 'C'])
    expect(await names({ categoryId: drinks, directly: true })).toEqual(['C'])
    expect(await names({ categoryId: hot })).toEqual(['B', 'D'])
    expect(await names({ categoryId: drinks, taxClassId: taxed })).toEqual(['B'])
    expect(await names({ taxClassId: taxed })).toEqual(['B'])
    expect(await names({ categoryId: 'x' })).toEqual([])
    expect(await names({ categoryId: NO_ID })).toEqual([])
  })

  test('refuses pages and cursors that are none of its own', async () => {
    for (const variables of [
      { first: 0 },
      { first: 101 },
      { after: 'x' },
      { after: Buffer.from(JSON.stringify(['products', 'a', 'no id'])).toString('base64url') },
      { after: Buffer.from(JSON.stringify(['products', 'a\0', randomUUID()])).toString('base64url') },
      { after: Buffer.from(JSON.stringify(['categories', '1', 'a', randomUUID()])).toString('base64url') },
    ])
      expect(await owner.refused(PRODUCTS, variables), JSON.stringify(variables)).toBe('BAD_USER_INPUT')
  })
})

test('each change tells its event, and a refusal tells none', async () => {
  const asking = await catalog.person()
  const { id } = await created({ sku: 'TOLD' }, asking)
  await create({ sku: 'TOLD' }, asking)
  await asking.ask(UPDATE_PRODUCT, { input: { id, name: 'Other' } })
  await asking.ask(UPDATE_PRODUCT, { input: { id, price: { amount: '9', currency: 'EUR' } } })
  await asking.ask(ARCHIVE_PRODUCT, { input: { id } })
  await asking.ask(ARCHIVE_PRODUCT, { input: { id } })
  await asking.ask(UNARCHIVE_PRODUCT, { input: { id } })
  const { rows } = await withClient(catalog.database.url, client =>
    client.query(
      `select name, payload from catalog.outbox where tenant_id = '${asking.tenantId}' order by created_at, id`,
    ),
  )
  expect(rows.map(row => [row.name, row.payload.change ?? null])).toEqual([
    ['catalog.product.changed.v1', 'CREATED'],
    ['catalog.product.changed.v1', 'UPDATED'],
    ['catalog.product.changed.v1', 'UPDATED'],
    ['catalog.price.changed.v1', null],
    ['catalog.product.changed.v1', 'ARCHIVED'],
    ['catalog.product.changed.v1', 'RESTORED'],
  ])
})

test('products are entered by reference, in one go', async () => {
  const [a, b] = [await created({ sku: 'REF-A' }), await created({ sku: 'REF-B' })]
  const entities = await owner.ask(
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { sku price { amount } } } }',
    { r: [a.id, NO_ID, b.id, 'x'].map(id => ({ __typename: 'Product', id })) },
  )
  expect(entities).toMatchObject([{ sku: 'REF-A', price: { amount: '2.40' } }, null, { sku: 'REF-B' }, null])
})
