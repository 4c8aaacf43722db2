import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CREATE_CATEGORY, CREATE_TAX_CLASS, PRODUCTS } from './documents.ts'
import { NO_ID, newProduct } from './new-product.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

let catalog: TestCatalog
let owner: Asking
beforeAll(async () => {
  catalog = await startCatalog()
  owner = await catalog.person()
})
afterAll(() => catalog?.stop())

describe('the list of products', () => {
  test('is in the order of names, whatever their case and accents, page by page without a gap', async () => {
    const asking = await catalog.person()
    const names = ['Zebra', 'äpfel', 'Apfel', 'apple', 'Éclair', 'eclair 2', 'Яблоко', '緑茶', '!!!', 'Élan']
    for (const name of names) await newProduct(asking, { name })
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
    await newProduct(asking, { name: 'C', categoryId: drinks })
    await newProduct(asking, { name: 'B', categoryId: hot, taxClassId: taxed })
    await newProduct(asking, { name: 'A', categoryId: food })
    await newProduct(asking, { name: 'D', categoryId: hot })
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
