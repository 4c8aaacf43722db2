import { expect, it } from 'vitest'
import { type Connection, PAGE_SIZE_MOST, type PageRequest, readPage, rowsToRead, toConnection } from './pages.ts'

const rows = Array.from({ length: 7 }, (_, i) => ({ name: `n${i}`, id: `id-${i}` }))
const placeOf = (row: { name: string; id: string }) => [row.name, row.id] as const

/** A list as a store gives it: one row more than was asked for, behind a place. */
const behind = (first: number, after: readonly string[] | undefined) => {
  const from = after === undefined ? 0 : rows.findIndex(row => row.id === after[1]) + 1
  return rows.slice(from, from + first + 1)
}

it('walks a list page by page, each row once, and says where it ends', () => {
  const seen: string[] = []
  let after: string | null = null
  for (let pages = 0; pages < 10; pages++) {
    const page: PageRequest<readonly [string, string]> = readPage('by name', 2, { first: 3, after })
    const connection: Connection<(typeof rows)[number]> = toConnection(
      'by name',
      page,
      behind(page.first, page.after),
      placeOf,
    )
    seen.push(...connection.nodes.map(({ id }) => id))
    expect(connection.pageInfo.hasPreviousPage).toBe(pages > 0)
    after = connection.pageInfo.endCursor
    if (!connection.pageInfo.hasNextPage) break
  }
  expect(seen).toEqual(rows.map(({ id }) => id))
})

it('gives 20 a page unless told, and 100 at the most', () => {
  expect(readPage('a', 1, {}).first).toBe(20)
  expect(readPage('a', 1, { first: null, after: '' })).toEqual({ first: 20, after: undefined })
  expect(readPage('a', 1, { first: PAGE_SIZE_MOST }).first).toBe(100)
})

it.each([0, -1, 101, 1.5, Number.NaN])('refuses a page of %o', first => {
  expect(() => readPage('a', 1, { first })).toThrow('whole number from 1 to 100')
})

const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

it.each([
  ['of another list', cursorOf(['by price', 'a', 'b'])],
  ['with too few parts', cursorOf(['by name', 'a'])],
  ['with too many parts', cursorOf(['by name', 'a', 'b', 'c'])],
  ['with a part that is no text', cursorOf(['by name', 'a', 1])],
  ['with a part that is an object', cursorOf(['by name', 'a', { $ne: '' }])],
  ['that is no list', cursorOf({ order: 'by name' })],
  ['that is no JSON', Buffer.from('by name').toString('base64url')],
  ['of a thousand letters', cursorOf(['by name', 'a', 'b'.repeat(1_000)])],
])('refuses a cursor %s', (_what, after) => {
  expect(() => readPage('by name', 2, { after })).toThrow('a cursor that this list has given out')
})

it('gives an empty list without cursors', () => {
  expect(toConnection('a', { first: 5, after: undefined }, [], placeOf)).toEqual({
    edges: [],
    nodes: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  })
})

it('a statement reads a page and a row more, by one of few numbers', () => {
  const sizes = Array.from({ length: PAGE_SIZE_MOST }, (_, index) => index + 1)
  const read = sizes.map(first => rowsToRead({ first }))
  expect(sizes.filter((first, index) => (read[index] ?? 0) <= first)).toEqual([])
  expect([...new Set(read)]).toEqual([21, 51, 101])
})
