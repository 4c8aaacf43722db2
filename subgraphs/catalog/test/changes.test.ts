import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { readNewProduct } from '../src/domain/product-draft.ts'
import { beginChange } from '../src/store/change.ts'
import { insertProducts } from '../src/store/save-products.ts'
import {
  ARCHIVE_PRODUCT,
  CHANGES,
  CREATE_CATEGORY,
  CREATE_PRODUCT,
  CREATE_PRODUCTS,
  CREATE_TAX_CLASS,
  UPDATE_CATEGORY,
  UPDATE_PRODUCT,
} from './documents.ts'
import { type Answered, type Asking, startCatalog, type TestCatalog } from './support.ts'

const PRICE = { amount: '1.00', currency: 'EUR' }

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startCatalog()
})
afterAll(() => catalog?.stop())

const read = (asking: Asking, after?: string | null, first?: number): Promise<Answered> =>
  asking.ask(CHANGES, { after, first })
const product = async (asking: Asking, sku: string): Promise<string> =>
  (await asking.ask(CREATE_PRODUCT, { input: { sku, name: sku, price: PRICE } })).product.id

/** A till's copy: reads until it has caught up, and goes on from where it is. */
function copyOf(asking: Asking, first = 3) {
  const entries = new Map<string, Answered>()
  let cursor: string | null = null
  return {
    entries,
    async follow(): Promise<number> {
      let seen = 0
      for (;;) {
        const page: Answered = await read(asking, cursor, first)
        for (const { entry } of page.changes) entries.set(entry.id, entry)
        seen += page.changes.length
        cursor = page.cursor
        if (page.caughtUp) return seen
      }
    },
  }
}

describe('the feed of changes', () => {
  test('without a cursor is a full copy, page by page, what others name first', async () => {
    const owner = await catalog.person()
    const taxClass = (await owner.ask(CREATE_TAX_CLASS, { input: { name: 'VAT', rates: [] } })).taxClass.id
    const category = (await owner.ask(CREATE_CATEGORY, { input: { name: 'Food' } })).category.id
    const input = Array.from({ length: 5 }, (_, index) => ({
      ...{ sku: `P${index}`, name: `P${index}`, price: PRICE, categoryId: category },
      barcodes: [{ code: `CODE-${index}` }],
    }))
    await owner.ask(CREATE_PRODUCTS, { input })
    const copy = copyOf(owner)
    expect(await copy.follow()).toBe(7)
    const entries = [...copy.entries.values()]
    expect(entries.slice(0, 2).map(({ id }) => id)).toEqual([taxClass, category])
    expect(entries.filter(({ __typename }) => __typename === 'Product')).toHaveLength(5)
    expect(entries.find(({ sku }) => sku === 'P3').barcodes).toEqual([{ code: 'CODE-3' }])
    expect(await copy.follow()).toBe(0)
  })

  test('with a cursor tells what has changed since, each thing once, archived ones too', async () => {
    const owner = await catalog.person()
    const copy = copyOf(owner)
    const [a, b] = [await product(owner, 'A'), await product(owner, 'B')]
    await copy.follow()
    await owner.ask(UPDATE_PRODUCT, { input: { id: a, name: 'A 2' } })
    await owner.ask(ARCHIVE_PRODUCT, { input: { id: b } })
    await owner.ask(UPDATE_PRODUCT, { input: { id: a, name: 'A 3' } })
    expect(await copy.follow()).toBe(2)
    expect(copy.entries.get(a)).toMatchObject({ name: 'A 3', archivedAt: null })
    expect(copy.entries.get(b)).toMatchObject({ archivedAt: expect.any(String) })
  })

  test('tells of a category that was renamed or moved', async () => {
    const owner = await catalog.person()
    const { id } = (await owner.ask(CREATE_CATEGORY, { input: { name: 'Food' } })).category
    const copy = copyOf(owner)
    await copy.follow()
    await owner.ask(UPDATE_CATEGORY, { input: { id, name: 'Foods' } })
    expect(await copy.follow()).toBe(1)
  })

  test('of a business without a catalogue has its tax class and goes on from there', async () => {
    const owner = await catalog.person()
    const first = await read(owner)
    expect(first).toMatchObject({ caughtUp: true, taxSettings: { prices: 'INCLUSIVE' } })
    expect(first.changes.map(({ entry }: Answered) => entry.__typename)).toEqual(['TaxClass'])
    expect(await read(owner, first.cursor)).toEqual({ ...first, changes: [] })
    const id = await product(owner, 'FIRST')
    expect((await read(owner, first.cursor)).changes.map(({ entry }: Answered) => entry.id)).toEqual([id])
  })

  test('refuses a cursor of another list, of nobody or of a time to come', async () => {
    const owner = await catalog.person()
    await product(owner, 'ANY')
    const id = randomUUID()
    for (const place of [
      ['products', 'a', id],
      ['catalogChanges', 'x', '0', id],
      ['catalogChanges', '1', '0', 'x'],
      ['catalogChanges', '999999', '0', id],
    ]) {
      const after = Buffer.from(JSON.stringify(place)).toString('base64url')
      expect(await owner.refused(CHANGES, { after }), String(place)).toBe('BAD_USER_INPUT')
    }
    expect(await owner.refused(CHANGES, { first: 501 })).toBe('BAD_USER_INPUT')
    expect((await read(owner, undefined, 500)).caughtUp).toBe(true)
  })

  test('skips no change that began before another and ended after it', async () => {
    const owner = await catalog.person()
    const copy = copyOf(owner)
    await product(owner, 'Before all')
    await copy.follow()
    const database = connectDatabase({
      ...{ url: catalog.database.urlOf('catalog'), schema: 'catalog' },
      prisma: adapter => new PrismaClient({ adapter }),
    })
    const [written, ending] = [signal(), signal()]
    const slow = database.write(owner.tenantId, async work => {
      const number = await beginChange(work)
      const draft = readNewProduct({ sku: 'SLOW', name: 'Slow', price: PRICE })
      const taxClassId = (await work.prisma.taxClass.findFirstOrThrow({ where: { tenantId: work.tenantId } })).id
      const products = [{ id: randomUUID(), draft: { ...draft, taxClassId } }]
      await insertProducts(work, products, { number, now: catalog.clock.now(), makeId: randomUUID })
      written.give()
      await ending.given
    })
    await written.given
    const quick = product(owner, 'QUICK')
    // the quick one waits for the slow one, so this is how long it is given to do what it must not
    await Promise.race([quick, sleep(300)])
    await copy.follow()
    ending.give()
    await Promise.all([slow, quick])
    await copy.follow()
    await database.close()
    const skus = [...copy.entries.values()].map(({ sku }) => sku)
    expect(skus).toEqual(expect.arrayContaining(['Before all', 'SLOW', 'QUICK']))
  })

  test('skips nothing while eight people write at once', async () => {
    const owner = await catalog.person()
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
    const random = new Random(seed)
    const latest = new Map([[await product(owner, 'Before all'), 'Before all']])
    const copy = copyOf(owner, 5)
    let writing = true
    const following = (async () => {
      while (writing) await copy.follow()
      await copy.follow()
    })()
    const writer = async (person: number) => {
      const mine: string[] = []
      for (let turn = 0; turn < 25; turn++) {
        const id = mine.length === 0 ? undefined : random.pick(mine)
        const name = `Writer ${person} turn ${turn}`
        if (id === undefined || random.chance(0.4)) {
          // some transactions take longer than others, so that they end in another order than they began
          const input = Array.from({ length: random.chance(0.2) ? 40 : 1 }, () => ({
            ...{ id: randomUUID(), sku: randomUUID(), name, price: PRICE },
          }))
          await owner.ask(CREATE_PRODUCTS, { input })
          for (const row of input) latest.set(row.id, name)
          mine.push(...input.map(row => row.id))
        } else {
          await owner.ask(UPDATE_PRODUCT, { input: { id, name } })
          latest.set(id, name)
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, person) => writer(person)))
    writing = false
    await following
    const copied = [...copy.entries.values()].filter(({ __typename }) => __typename === 'Product')
    expect(new Map(copied.map(({ id, name }) => [id, name])), `SEED=${seed}`).toEqual(latest)
  }, 60_000)
})

function signal() {
  let give = () => {}
  const given = new Promise<void>(resolve => {
    give = resolve
  })
  return { given, give }
}
