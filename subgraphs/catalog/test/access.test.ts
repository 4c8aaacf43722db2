import { readFileSync } from 'node:fs'
import type { Role } from '@tillgraph/rules/permissions'
import { Kind, type ObjectTypeDefinitionNode, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import * as documents from './documents.ts'
import { NO_ID } from './new-product.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

const PRICE = { amount: '1.00', currency: 'EUR' }

let catalog: TestCatalog
let owner: Asking
/** Ids of one business, which no other may tell from ids that do not exist. */
let ids: { product: string; category: string; taxClass: string }

beforeAll(async () => {
  catalog = await startCatalog()
  owner = await catalog.person()
  const taxClass = (await owner.ask(documents.CREATE_TAX_CLASS, { input: { name: 'VAT', rates: [] } })).taxClass.id
  const category = (await owner.ask(documents.CREATE_CATEGORY, { input: { name: 'Food' } })).category.id
  const input = { sku: 'S', name: 'N', price: PRICE, categoryId: category, barcodes: [{ code: 'B-1' }] }
  const product = (await owner.ask(documents.CREATE_PRODUCT, { input })).product.id
  ids = { product, category, taxClass }
})
afterAll(() => catalog?.stop())

/** Every operation there is, about things of which the ids are given. */
const operations: Readonly<Record<string, (about: typeof ids) => [query: string, variables: Record<string, unknown>]>> =
  {
    product: about => ['query ($id: ID!) { product(id: $id) { name } }', { id: about.product }],
    productBySku: () => ['{ productBySku(sku: "S") { name } }', {}],
    productByBarcode: () => [documents.SCAN, { barcode: 'B-1' }],
    products: about => [documents.PRODUCTS, { filter: { categoryId: about.category } }],
    searchProducts: () => [documents.SEARCH, { text: 'N' }],
    category: about => ['query ($id: ID!) { category(id: $id) { name } }', { id: about.category }],
    categories: about => [documents.CATEGORIES, { filter: { parentId: about.category } }],
    taxClass: about => ['query ($id: ID!) { taxClass(id: $id) { name } }', { id: about.taxClass }],
    taxClasses: () => ['{ taxClasses(archived: true) { nodes { name } } }', {}],
    taxSettings: () => ['{ taxSettings { prices } }', {}],
    scaleLayouts: () => ['{ scaleLayouts { pattern } }', {}],
    catalogChanges: () => ['{ catalogChanges { caughtUp } }', {}],
    productsForSale: about => [documents.PRODUCTS_FOR_SALE, { ids: [about.product] }],
    createProduct: about => [
      documents.CREATE_PRODUCT,
      { input: { sku: 'OTHER', name: 'N', price: PRICE, categoryId: about.category, taxClassId: about.taxClass } },
    ],
    createProducts: about => [
      documents.CREATE_PRODUCTS,
      { input: [{ sku: 'OTHER', name: 'N', price: PRICE, categoryId: about.category }] },
    ],
    updateProduct: about => [documents.UPDATE_PRODUCT, { input: { id: about.product, name: 'Other' } }],
    archiveProduct: about => [documents.ARCHIVE_PRODUCT, { input: { id: about.product } }],
    unarchiveProduct: about => [documents.UNARCHIVE_PRODUCT, { input: { id: about.product } }],
    createCategory: about => [documents.CREATE_CATEGORY, { input: { name: 'Inner', parentId: about.category } }],
    updateCategory: about => [documents.UPDATE_CATEGORY, { input: { id: about.category, name: 'Other' } }],
    archiveCategory: about => [documents.ARCHIVE_CATEGORY, { input: { id: about.category } }],
    unarchiveCategory: about => [documents.UNARCHIVE_CATEGORY, { input: { id: about.category } }],
    createTaxClass: () => [documents.CREATE_TAX_CLASS, { input: { name: 'Other', rates: [] } }],
    updateTaxClass: about => [documents.UPDATE_TAX_CLASS, { input: { id: about.taxClass, name: 'Other' } }],
    archiveTaxClass: about => [documents.ARCHIVE_TAX_CLASS, { id: about.taxClass }],
    updateTaxSettings: about => [documents.UPDATE_TAX_SETTINGS, { input: { defaultTaxClassId: about.taxClass } }],
    setScaleLayouts: () => [documents.SET_SCALE_LAYOUTS, { layouts: [] }],
  }

test('every operation of the schema is in the table of this test', () => {
  const sdl = parse(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'))
  const fields = sdl.definitions
    .filter((node): node is ObjectTypeDefinitionNode => node.kind === Kind.OBJECT_TYPE_DEFINITION)
    .filter(node => ['Query', 'Mutation'].includes(node.name.value))
    .flatMap(node => node.fields?.map(field => field.name.value) ?? [])
  expect(Object.keys(operations).sort()).toEqual(fields.sort())
})

const READS = ['product', 'productBySku', 'productByBarcode', 'products', 'searchProducts', 'category', 'categories']
const TAX_READS = ['taxClass', 'taxClasses', 'taxSettings', 'catalogChanges', 'scaleLayouts']
const TAX_WRITES = ['createTaxClass', 'updateTaxClass', 'archiveTaxClass', 'updateTaxSettings']
const WRITES = Object.keys(operations).filter(name => /^(create|update|archive|unarchive|set)/.test(name))

const allowed: Readonly<Record<Role, readonly string[]>> = {
  OWNER: [...READS, ...TAX_READS, ...WRITES],
  MANAGER: [...READS, ...TAX_READS, ...WRITES.filter(name => !TAX_WRITES.includes(name))],
  CASHIER: [...READS, ...TAX_READS],
  STOCK_CLERK: [...READS, ...TAX_READS],
  COURIER: [],
}

/** Which operations somebody is let do, each tried on a thing that is not there. */
async function allowedTo(asking: Asking): Promise<string[]> {
  const found: string[] = []
  for (const [name, of] of Object.entries(operations)) {
    const [query, variables] = of({ product: NO_ID, category: NO_ID, taxClass: NO_ID })
    const code = await asking.refused(query, variables)
    if (code !== 'FORBIDDEN' && code !== 'UNAUTHENTICATED') found.push(name)
  }
  return found.sort()
}

describe('who may do what', () => {
  test.each(Object.entries(allowed))('a person who is %s', async (role, names) => {
    expect(await allowedTo(await catalog.person(role as Role))).toEqual([...names].sort())
  })

  test('a partner with catalog:read sees products, categories and what taxes their prices hold, and changes nothing', async () => {
    expect(await allowedTo(await catalog.partner('catalog:read'))).toEqual(
      [...READS, ...TAX_READS.filter(name => name !== 'catalogChanges')].sort(),
    )
    expect(await allowedTo(await catalog.partner('orders:write'))).toEqual([])
  })

  test('a service of ours does what is made for it', async () => {
    expect(await allowedTo(await catalog.service('orders', owner.tenantId))).toEqual(['productsForSale'])
    expect(await allowedTo(await catalog.service('inventory', owner.tenantId))).toEqual([])
  })

  test('nobody who has not signed in does anything', async () => {
    for (const [name, of] of Object.entries(operations)) {
      const [query, variables] = of(ids)
      const { errors } = await catalog.subgraph.execute({ query, variables, headers: {} })
      expect(errors?.[0]?.extensions?.code, name).toBe('UNAUTHENTICATED')
    }
  })

  test('who may not read taxes enters no tax class by reference', async () => {
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on TaxClass { name } } }'
    const representations = [{ __typename: 'TaxClass', id: ids.taxClass }]
    const partner = await catalog.partner('availability:read', owner.tenantId)
    expect(await partner.refused(query, { r: representations })).toBe('FORBIDDEN')
    expect(await owner.ask(query, { r: representations })).toEqual([{ name: 'VAT' }])
  })
})

describe('another business', () => {
  test.each(Object.keys(operations))('%s: is answered as for an id that does not exist', async name => {
    const of = operations[name]
    if (!of) throw new Error(`There is no ${name}`)
    const nothing = { product: NO_ID, category: NO_ID, taxClass: NO_ID }
    const asking = async (about: typeof ids): Promise<Answered> => {
      const tenantId = (await catalog.person()).tenantId
      const somebody =
        name === 'productsForSale' ? await catalog.service('orders', tenantId) : await catalog.person('OWNER', tenantId)
      const [query, variables] = of(about)
      return somebody.ask(query, variables)
    }
    const withoutOwnIds = (answer: Answered) =>
      JSON.stringify(answer).replace(/"[0-9a-f-]{36}"|"\d{4}-\d{2}-\d{2}T[^"]*"/g, '"…"')
    expect(withoutOwnIds(await asking(ids))).toBe(withoutOwnIds(await asking(nothing)))
  })

  test('changes nothing of the first by all it has tried', async () => {
    const product = await owner.ask(`query ($id: ID!) { product(id: $id) { name version archivedAt } }`, {
      id: ids.product,
    })
    expect(product).toEqual({ name: 'N', version: 1, archivedAt: null })
  })

  test('is not reached by its search function whatever it is asked with', async () => {
    const rows = await withClient(catalog.database.urlOf('catalog'), async client => {
      await client.query(`select set_config('tillgraph.tenant', '${NO_ID}', false)`)
      const found = await client.query(
        `select * from catalog.search_products('S', '{B-1}', 'B-1', 'n', '{n}', 0, null, null, 10)`,
      )
      const unbound = await client
        .query(`select set_config('tillgraph.tenant', '', false)`)
        .then(() =>
          client.query(`select * from catalog.search_products('S', '{B-1}', 'B-1', 'n', '{n}', 0, null, null, 10)`),
        )
      return [...found.rows, ...unbound.rows]
    })
    expect(rows).toEqual([])
    await expect(
      withClient(catalog.database.urlOf('catalog'), client =>
        client.query(`select * from catalog.words_like('${owner.tenantId}', 'n')`),
      ),
    ).rejects.toMatchObject({ code: '42501' })
  })
})
