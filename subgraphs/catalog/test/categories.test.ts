import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { Random } from '../../../tests/support/random.ts'
import {
  ARCHIVE_CATEGORY,
  CATEGORIES,
  CREATE_CATEGORY,
  CREATE_PRODUCT,
  UNARCHIVE_CATEGORY,
  UPDATE_CATEGORY,
} from './documents.ts'
import { NO_ID } from './new-product.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

let catalog: TestCatalog
let owner: Asking
beforeAll(async () => {
  catalog = await startCatalog()
})
afterAll(() => catalog?.stop())

const create = (given: Record<string, unknown>, asking = owner): Promise<Answered> =>
  asking.ask(CREATE_CATEGORY, { input: { name: 'Category', ...given } })
const created = async (name: string, parentId?: string): Promise<string> =>
  (await create({ name, parentId })).category.id
const update = (given: Record<string, unknown>): Promise<Answered> => owner.ask(UPDATE_CATEGORY, { input: given })
const ancestorsOf = async (id: string): Promise<string[]> =>
  (await owner.ask('query ($id: ID!) { category(id: $id) { ancestors { name } } }', { id })).ancestors.map(
    ({ name }: Answered) => name,
  )

/** A chain of categories, each in the one before. */
async function chain(...names: string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) ids.push(await created(name, ids.at(-1)))
  return ids
}

describe('the tree of categories', () => {
  beforeAll(async () => {
    owner = await catalog.person()
  })

  test('knows of each category what it stands in, from the top down', async () => {
    const [drinks, hot, coffee] = await chain('Drinks', 'Hot', 'Coffee')
    const read = await owner.ask(
      'query ($id: ID!) { category(id: $id) { depth parent { id } ancestors { id name } } }',
      { id: coffee },
    )
    expect(read).toEqual({
      depth: 3,
      parent: { id: hot },
      ancestors: [
        { id: drinks, name: 'Drinks' },
        { id: hot, name: 'Hot' },
      ],
    })
  })

  test('is eight deep at the most, also by moving', async () => {
    const ids = await chain(...Array.from({ length: 8 }, (_, index) => `Level ${index + 1}`))
    expect(await create({ name: 'Level 9', parentId: ids[7] })).toMatchObject({ __typename: 'CategoryTooDeep' })
    const [top] = await chain('Two', 'Levels')
    expect(await update({ id: top, parentId: ids[6] })).toMatchObject({ __typename: 'CategoryTooDeep' })
    expect((await update({ id: top, parentId: ids[5] })).__typename).toBe('UpdateCategorySuccess')
  })

  test('takes along what is beneath a category that is moved', async () => {
    const [from] = await chain('From here')
    const [, , leaf] = await chain('To there', 'Inner', 'Leaf')
    const inner = (await owner.ask('query ($id: ID!) { category(id: $id) { parent { id } } }', { id: leaf })).parent.id
    await update({ id: inner, parentId: from })
    expect(await ancestorsOf(String(leaf))).toEqual(['From here', 'Inner'])
    await update({ id: inner, parentId: null })
    expect(await ancestorsOf(String(leaf))).toEqual(['Inner'])
  })

  test('never has a category in itself', async () => {
    const [a, b, c] = await chain('Ring A', 'Ring B', 'Ring C')
    for (const parentId of [a, b, c])
      expect(await update({ id: a, parentId })).toMatchObject({ __typename: 'CategoryInItself' })
    expect(await ancestorsOf(String(c))).toEqual(['Ring A', 'Ring B'])
  })

  test('has no ring when two categories are moved into each other at once', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = [await created(`Left ${round}`), await created(`Right ${round}`)]
      const answers = await Promise.all([update({ id: a, parentId: b }), update({ id: b, parentId: a })])
      expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['CategoryInItself', 'UpdateCategorySuccess'])
    }
  })

  test('keeps every path true to its parents through random moves', async () => {
    const asking = owner
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
    const random = new Random(seed)
    const ids: string[] = []
    for (let index = 0; index < 15; index++) ids.push(await created(`Random ${index}`))
    for (let move = 0; move < 60; move++) {
      const pick = () => random.pick(ids)
      await update({ id: pick(), parentId: random.chance(0.2) ? null : pick() })
    }
    const faults = await withClient(catalog.database.url, client =>
      client.query(
        `select c.name from catalog.category c left join catalog.category p on (p.tenant_id, p.id) = (c.tenant_id, c.parent_id)
         where c.tenant_id = $1 and c.path is distinct from coalesce(p.path, '') || c.number || '.'`,
        [asking.tenantId],
      ),
    )
    expect(faults.rows, `SEED=${seed}`).toEqual([])
  })
})

describe('categories', () => {
  beforeAll(async () => {
    owner = await catalog.person()
  })

  test('are listed by position, then by name, at the top or in one, with their children in one go', async () => {
    const last = (await create({ name: 'Aaa', position: 5 })).category.id
    const drinks = (await create({ name: 'Drinks', position: 1 })).category.id
    const food = (await create({ name: 'food', position: 1 })).category.id
    for (const name of ['Wine', 'Beer']) await create({ name, parentId: drinks })
    const top = await owner.ask(CATEGORIES, { filter: { topLevel: true } })
    expect(top.nodes).toEqual([
      { id: drinks, name: 'Drinks', children: { nodes: [{ name: 'Beer' }, { name: 'Wine' }] } },
      { id: food, name: 'food', children: { nodes: [] } },
      { id: last, name: 'Aaa', children: { nodes: [] } },
    ])
    const names = async (variables: Record<string, unknown>) =>
      (await owner.ask(CATEGORIES, variables)).nodes.map(({ name }: Answered) => name)
    expect(await names({ filter: { parentId: drinks } })).toEqual(['Beer', 'Wine'])
    expect(await names({ filter: { parentId: 'x' } })).toEqual([])
    expect(await names({})).toEqual(['Beer', 'Wine', 'Drinks', 'food', 'Aaa'])
    const first = await owner.ask(CATEGORIES, { first: 2 })
    expect(await names({ first: 2, after: first.pageInfo.endCursor })).toEqual(['Drinks', 'food'])
    expect(await owner.refused(CATEGORIES, { filter: { topLevel: true, parentId: drinks } })).toBe('BAD_USER_INPUT')
  })

  test('that stand side by side have names of their own; archived ones do not count', async () => {
    const parent = await created('Parent')
    const first = await created('Namesake', parent)
    expect(await create({ name: 'NÁMESAKE', parentId: parent })).toMatchObject({ __typename: 'CategoryNameTaken' })
    expect((await create({ name: 'Namesake' })).__typename).toBe('CreateCategorySuccess')
    expect(await create({ name: 'Namesake' })).toMatchObject({ __typename: 'CategoryNameTaken' })
    const other = await created('Other', parent)
    expect(await update({ id: other, name: 'namesake' })).toMatchObject({ __typename: 'CategoryNameTaken' })
    await owner.ask(ARCHIVE_CATEGORY, { input: { id: first } })
    expect((await update({ id: other, name: 'namesake' })).__typename).toBe('UpdateCategorySuccess')
    expect(await owner.ask(UNARCHIVE_CATEGORY, { input: { id: first } })).toMatchObject({
      __typename: 'CategoryNameTaken',
    })
  })

  test('are refused where they cannot be taken', async () => {
    expect(await create({ name: ' ' })).toMatchObject({ __typename: 'InvalidInput', field: 'name' })
    expect(await create({ position: -1 })).toMatchObject({ __typename: 'InvalidInput', field: 'position' })
    expect(await create({ id: 'x' })).toMatchObject({ __typename: 'InvalidInput', field: 'id' })
    expect(await create({ parentId: NO_ID })).toMatchObject({ __typename: 'NotFound' })
    expect(await create({ parentId: 'x' })).toMatchObject({ __typename: 'NotFound' })
    expect(await update({ id: NO_ID, name: 'x' })).toMatchObject({ __typename: 'NotFound' })
    const id = await created('Versioned')
    expect((await update({ id, version: 1, position: 3 })).category).toMatchObject({ position: 3, version: 2 })
    expect(await update({ id, version: 1, position: 4 })).toMatchObject({ __typename: 'ChangedMeanwhile' })
  })

  test('sent again under their id are the same, with other content refused', async () => {
    const input = { id: randomUUID(), name: 'Sent twice' }
    expect(await create(input)).toEqual(await create(input))
    expect(await create({ ...input, name: 'Sent thrice' })).toMatchObject({ __typename: 'AlreadyUsedDifferently' })
  })
})

describe('archiving a category', () => {
  beforeAll(async () => {
    owner = await catalog.person()
  })
  const archive = (input: object): Promise<Answered> => owner.ask(ARCHIVE_CATEGORY, { input })
  const product = (sku: string, categoryId: string | undefined) =>
    owner.ask(CREATE_PRODUCT, { input: { sku, name: sku, price: { amount: '1', currency: 'EUR' }, categoryId } })

  test('is refused while something in use stands in it, unless it is to go along', async () => {
    const [top, inner] = await chain('Top', 'Inner')
    await product('IN-TOP', top)
    await product('IN-INNER', inner)
    expect(await archive({ id: top })).toMatchObject({ __typename: 'CategoryNotEmpty' })
    expect(await archive({ id: inner })).toMatchObject({ __typename: 'CategoryNotEmpty' })
    expect(await archive({ id: top, version: 9, contents: 'ARCHIVE' })).toMatchObject({
      __typename: 'ChangedMeanwhile',
    })
    const archived = await archive({ id: top, contents: 'ARCHIVE' })
    expect(archived).toMatchObject({ productsArchived: 2, category: { archivedAt: expect.any(String) } })
    expect((await owner.ask('{ productBySku(sku: "IN-INNER") { archivedAt } }')).archivedAt).not.toBeNull()
    expect((await owner.ask(CATEGORIES)).nodes).toEqual([])
    expect((await owner.ask(CATEGORIES, { filter: { archived: true } })).nodes).toHaveLength(2)
    expect(await archive({ id: top })).toMatchObject({ productsArchived: 0 })
  })

  test('takes it from what can be chosen; it comes back after what it stands in', async () => {
    const [top, inner] = await chain('Closed', 'Inside')
    await archive({ id: top, contents: 'ARCHIVE' })
    expect(await product('NEW', top)).toMatchObject({ __typename: 'NotFound' })
    expect(await create({ name: 'X', parentId: top })).toMatchObject({ __typename: 'NotFound' })
    const unarchive = (id: string | undefined) => owner.ask(UNARCHIVE_CATEGORY, { input: { id } })
    expect(await unarchive(inner)).toMatchObject({ __typename: 'NotAllowed' })
    expect((await unarchive(top)).category.archivedAt).toBeNull()
    expect((await unarchive(inner)).category.archivedAt).toBeNull()
  })
})
