import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ARCHIVE_PRODUCT,
  ARCHIVE_TAX_CLASS,
  CREATE_TAX_CLASS,
  PRODUCTS_FOR_SALE,
  TAX_SETTINGS,
  UPDATE_PRODUCT,
  UPDATE_TAX_CLASS,
  UPDATE_TAX_SETTINGS,
} from './documents.ts'
import { NO_ID, newProduct } from './new-product.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

const HOUR_MS = 3_600_000
const VAT = { code: 'VAT', name: 'VAT 19 %', percent: '19' }

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startCatalog()
})
afterAll(() => catalog?.stop())

const create = (asking: Asking, given: object): Promise<Answered> =>
  asking.ask(CREATE_TAX_CLASS, { input: { name: 'Standard', rates: [VAT], ...given } })
const update = (asking: Asking, input: object): Promise<Answered> => asking.ask(UPDATE_TAX_CLASS, { input })

test('a business that has said nothing of taxes has settings, and an untaxed class by default', async () => {
  const owner = await catalog.person()
  const settings = await owner.ask(TAX_SETTINGS)
  expect(settings).toMatchObject({
    ...{ prices: 'INCLUSIVE', taxRounding: 'LINE', roundingMode: 'HALF_AWAY_FROM_ZERO', version: 1 },
    defaultTaxClass: { name: 'Untaxed' },
  })
  expect(await owner.ask(TAX_SETTINGS)).toEqual(settings)
})

test('ten who ask first at once are given the same settings', async () => {
  const owner = await catalog.person()
  const answers = await Promise.all(Array.from({ length: 10 }, () => owner.ask(TAX_SETTINGS)))
  expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1)
})

test('the first tax class of a business is its default', async () => {
  const owner = await catalog.person()
  const { taxClass } = await create(owner, {
    rates: [VAT, { code: 'CITY', name: 'City tax', percent: '8.3125', compound: true }],
  })
  expect(taxClass).toMatchObject({
    isDefault: true,
    rates: [
      { ...VAT, compound: false },
      { code: 'CITY', name: 'City tax', percent: '8.3125', compound: true },
    ],
    history: [{ rates: [{ percent: '19' }, { percent: '8.3125' }] }],
  })
  expect((await newProduct(owner)).taxClass.name).toBe('Standard')
})

test('a tax class is refused where it cannot be taken', async () => {
  const owner = await catalog.person()
  const rates = (given: object) => ({ rates: [{ ...VAT, ...given }] })
  const faults: [string, object][] = [
    ['name', { name: '' }],
    ['rates.0.code', rates({ code: 'vat' })],
    ['rates.0.percent', rates({ percent: '-1' })],
    ['rates.0.percent', rates({ percent: '1001' })],
    ['rates.0.percent', rates({ percent: '1.23456' })],
    ['rates', { rates: [VAT, VAT] }],
    ['rates', { rates: Array.from({ length: 9 }, (_, index) => ({ ...VAT, code: `T${index}` })) }],
  ]
  for (const [field, given] of faults)
    expect(await create(owner, given)).toMatchObject({ __typename: 'InvalidInput', field })
  await create(owner, {})
  expect(await create(owner, { name: 'STANDARD' })).toMatchObject({ __typename: 'TaxClassNameTaken' })
})

test('new rates hold from their instant on, and older sales keep the older ones', async () => {
  const owner = await catalog.person()
  const orders = await catalog.service('orders', owner.tenantId)
  const { id } = (await create(owner, {})).taxClass
  const { id: productId } = await newProduct(owner)
  const percentAt = async (at?: Date) => {
    const terms = await orders.ask(PRODUCTS_FOR_SALE, { ids: [productId], at: at?.toISOString() })
    return terms.products[0].taxes.map((tax: Answered) => tax.percent)
  }
  const [born, past] = [catalog.clock.now(), new Date(catalog.clock.now().getTime() - HOUR_MS)]
  catalog.clock.advance(HOUR_MS)
  const soon = new Date(catalog.clock.now().getTime() + HOUR_MS)
  const announced = await update(owner, { id, rates: [{ ...VAT, percent: '21' }], validFrom: soon.toISOString() })
  expect(announced.taxClass).toMatchObject({ rates: [{ percent: '19' }], version: 2 })
  await update(owner, { id, rates: [{ ...VAT, percent: '22' }], validFrom: soon.toISOString() })
  expect(await percentAt()).toEqual(['19'])
  catalog.clock.advance(HOUR_MS)
  expect(await percentAt()).toEqual(['22'])
  expect(await percentAt(born)).toEqual(['19'])
  expect(await percentAt(past)).toEqual(['19'])
  const { history } = await owner.ask('query ($id: ID!) { taxClass(id: $id) { history { rates { percent } } } }', {
    id,
  })
  expect(history).toEqual([{ rates: [{ percent: '22' }] }, { rates: [{ percent: '19' }] }])
  expect(await update(owner, { id, rates: [], validFrom: born.toISOString() })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'validFrom',
  })
  expect(await update(owner, { id, version: 1, rates: [] })).toMatchObject({ __typename: 'ChangedMeanwhile' })
  expect(await update(owner, { id: NO_ID, rates: [] })).toMatchObject({ __typename: 'NotFound' })
})

test('a tax class goes out of use when nothing needs it any more', async () => {
  const owner = await catalog.person()
  const { id } = (await create(owner, {})).taxClass
  const other = (await create(owner, { name: 'Other' })).taxClass.id
  const archive = (taxClassId: string): Promise<Answered> => owner.ask(ARCHIVE_TAX_CLASS, { id: taxClassId })
  expect(await archive(id)).toMatchObject({ __typename: 'TaxClassInUse' })
  const sold = await newProduct(owner, { taxClassId: other })
  expect(await archive(other)).toMatchObject({ __typename: 'TaxClassInUse' })
  await owner.ask(ARCHIVE_PRODUCT, { input: { id: sold.id } })
  expect((await archive(other)).taxClass.archivedAt).not.toBeNull()
  const names = async (archived: boolean) =>
    (await owner.ask('query ($archived: Boolean) { taxClasses(archived: $archived) { nodes { name } } }', { archived }))
      .nodes
  expect(await names(false)).toEqual([{ name: 'Standard' }])
  expect(await names(true)).toEqual([{ name: 'Other' }])
  expect(await archive(NO_ID)).toMatchObject({ __typename: 'NotFound' })
})

test('the settings of taxes are changed by version, and name a tax class in use', async () => {
  const owner = await catalog.person()
  await create(owner, {})
  const other = (await create(owner, { name: 'Other' })).taxClass.id
  const change = (input: object): Promise<Answered> => owner.ask(UPDATE_TAX_SETTINGS, { input })
  expect((await change({ version: 1, prices: 'EXCLUSIVE', defaultTaxClassId: other })).taxSettings).toEqual({
    ...{ prices: 'EXCLUSIVE', defaultTaxClass: { name: 'Other' }, version: 2 },
  })
  expect(await change({ version: 1, prices: 'INCLUSIVE' })).toMatchObject({ __typename: 'ChangedMeanwhile' })
  expect(await change({ defaultTaxClassId: NO_ID })).toMatchObject({ __typename: 'NotFound' })
})

test('a sale is told all it must know of its products, at the price of its time', async () => {
  const owner = await catalog.person()
  const orders = await catalog.service('orders', owner.tenantId)
  await create(owner, {})
  const one = await newProduct(owner, { sku: 'ONE', unit: 'KILOGRAM', price: { amount: '24.995', currency: 'EUR' } })
  const two = await newProduct(owner, { sku: 'TWO' })
  const sold = catalog.clock.now()
  catalog.clock.advance(HOUR_MS)
  await owner.ask(UPDATE_PRODUCT, { input: { id: one.id, price: { amount: '30', currency: 'EUR' } } })
  await owner.ask(ARCHIVE_PRODUCT, { input: { id: two.id } })
  const terms = await orders.ask(PRODUCTS_FOR_SALE, { ids: [one.id, two.id, NO_ID, 'x'] })
  expect(terms).toMatchObject({ prices: 'INCLUSIVE', taxRounding: 'LINE', roundingMode: 'HALF_AWAY_FROM_ZERO' })
  const of = (id: string, { products }: Answered = terms) => products.find((found: Answered) => found.id === id)
  expect(terms.products).toHaveLength(2)
  expect(of(one.id)).toMatchObject({
    ...{ sku: 'ONE', unit: 'KILOGRAM', quantityDecimals: 3, archived: false, version: 2, categoryName: null },
    ...{ unitPrice: { amount: '30.00', currency: 'EUR' }, taxes: [{ code: 'VAT', percent: '19' }] },
  })
  expect(of(two.id)).toMatchObject({ archived: true })
  const then = await orders.ask(PRODUCTS_FOR_SALE, { ids: [one.id], at: sold.toISOString() })
  expect(of(one.id, then).unitPrice.amount).toBe('24.995')
  const before = await orders.ask(PRODUCTS_FOR_SALE, { ids: [one.id], at: '2001-01-01T00:00:00Z' })
  expect(of(one.id, before).unitPrice.amount).toBe('24.995')
  const nothing = await orders.ask(PRODUCTS_FOR_SALE, { ids: [] })
  expect(nothing).toMatchObject({ prices: 'INCLUSIVE', products: [] })
})
