import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { ARCHIVE_PRODUCT, PRODUCTS, UNARCHIVE_PRODUCT, UPDATE_PRODUCT } from './documents.ts'
import { createProduct, NO_ID, newProduct } from './new-product.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

let catalog: TestCatalog
let owner: Asking
beforeAll(async () => {
  catalog = await startCatalog()
  owner = await catalog.person()
})
afterAll(() => catalog?.stop())

describe('a change of a product', () => {
  test('changes what is given and leaves the rest', async () => {
    const before = await newProduct(owner, {
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
    const { id } = await newProduct(owner)
    const input = { id, version: 1, name: 'First' }
    expect((await owner.ask(UPDATE_PRODUCT, { input })).product).toMatchObject({ name: 'First', version: 2 })
    expect(await owner.ask(UPDATE_PRODUCT, { input: { ...input, name: 'Second' } })).toMatchObject({
      __typename: 'ChangedMeanwhile',
    })
  })

  test('by ten at once from one version is made by one', async () => {
    const { id } = await newProduct(owner)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        owner.ask(UPDATE_PRODUCT, { input: { id, version: 1, name: `Name ${index}` } }),
      ),
    )
    expect(answers.filter(({ __typename }) => __typename === 'UpdateProductSuccess')).toHaveLength(1)
  })

  test('cannot take the SKU or a barcode of another, but keeps its own', async () => {
    await newProduct(owner, { sku: 'THEIRS', barcodes: [{ code: 'THEIRS-1' }] })
    const mine = await newProduct(owner, { sku: 'MINE', barcodes: [{ code: 'MINE-1' }] })
    const update = (given: object) => owner.ask(UPDATE_PRODUCT, { input: { id: mine.id, ...given } })
    expect((await update({ sku: 'theirs' })).__typename).toBe('SkuTaken')
    expect((await update({ barcodes: [{ code: 'THEIRS-1' }] })).__typename).toBe('BarcodeTaken')
    expect((await update({ sku: 'mine', barcodes: [{ code: 'MINE-2' }, { code: 'MINE-1' }] })).product).toMatchObject({
      sku: 'mine',
      barcodes: [{ code: 'MINE-2' }, { code: 'MINE-1' }],
    })
  })

  test('of the price holds from now on, and what it was stays on record', async () => {
    const { id } = await newProduct(owner)
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
  const { id } = await newProduct(asking, { sku: 'OLD', name: 'Old' })
  const archived = await asking.ask(ARCHIVE_PRODUCT, { input: { id } })
  expect(archived.product).toMatchObject({ id, version: 2, archivedAt: expect.any(String) })
  expect((await asking.ask(ARCHIVE_PRODUCT, { input: { id } })).product.version).toBe(2)
  expect((await asking.ask(PRODUCTS)).nodes).toEqual([])
  expect((await asking.ask(PRODUCTS, { filter: { archived: true } })).nodes).toHaveLength(1)
  expect(await asking.ask('{ productBySku(sku: "OLD") { id } }')).toEqual({ id })
  expect(await createProduct(asking, { sku: 'OLD' })).toMatchObject({ __typename: 'SkuTaken' })
  expect(await asking.ask(UNARCHIVE_PRODUCT, { input: { id, version: 1 } })).toMatchObject({
    __typename: 'ChangedMeanwhile',
  })
  expect((await asking.ask(UNARCHIVE_PRODUCT, { input: { id } })).product.archivedAt).toBeNull()
  expect((await asking.ask(PRODUCTS)).nodes).toHaveLength(1)
})

test('each change tells its event, and a refusal tells none', async () => {
  const asking = await catalog.person()
  const { id } = await newProduct(asking, { sku: 'TOLD' })
  await createProduct(asking, { sku: 'TOLD' })
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
  const [a, b] = [await newProduct(owner, { sku: 'REF-A' }), await newProduct(owner, { sku: 'REF-B' })]
  const entities = await owner.ask(
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { sku price { amount } } } }',
    { r: [a.id, NO_ID, b.id, 'x'].map(id => ({ __typename: 'Product', id })) },
  )
  expect(entities).toMatchObject([{ sku: 'REF-A', price: { amount: '2.40' } }, null, { sku: 'REF-B' }, null])
})
