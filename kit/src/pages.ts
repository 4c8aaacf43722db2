import { refusal } from './errors.ts'

export const PAGE_SIZE = 20
export const PAGE_SIZE_MOST = 100

const CURSOR_LENGTH_MOST = 1000

/** One page as it was asked for: how many, and behind which place of the order. */
export interface PageRequest<Place extends readonly string[]> {
  readonly first: number
  readonly after: Place | undefined
}

export interface Connection<Node> {
  readonly edges: { readonly node: Node; readonly cursor: string }[]
  readonly nodes: Node[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

/**
 * Reads `first` and `after` of a list: 20 a page unless told, 100 at the most. `order` names the order of the
 * list and stands in every cursor, so that a cursor of one list is refused by another; `length` is how many parts
 * a place in it has.
 */
export function readPage<Place extends readonly string[]>(
  order: string,
  length: Place['length'],
  given: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
): PageRequest<Place> {
  const first = given.first ?? PAGE_SIZE
  if (!Number.isInteger(first) || first < 1 || first > PAGE_SIZE_MOST)
    throw refusal('BAD_USER_INPUT', `first must be a whole number from 1 to ${PAGE_SIZE_MOST}`)
  if (given.after === undefined || given.after === null || given.after === '') return { first, after: undefined }
  const place = readCursor(order, length, given.after)
  if (!place) throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  return { first, after: place as unknown as Place }
}

function readCursor(order: string, length: number, cursor: string): readonly string[] | undefined {
  if (cursor.length > CURSOR_LENGTH_MOST) return undefined
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (!Array.isArray(parts) || parts[0] !== order || parts.length !== length + 1) return undefined
    return parts.every(part => typeof part === 'string') ? parts.slice(1) : undefined
  } catch {
    return undefined
  }
}

// one more than the sizes of pages that are asked for
const ROWS_READ = [PAGE_SIZE + 1, 51, PAGE_SIZE_MOST + 1] as const

/**
 * How many rows a statement reads for a page and one row more, to be written into its text (docs/adr/0170). There are
 * few such numbers, so that there are few statements; the rows too many are left away.
 */
export function rowsToRead({ first }: Pick<PageRequest<readonly string[]>, 'first'>): number {
  return ROWS_READ.find(rows => rows > first) ?? PAGE_SIZE_MOST + 1
}

/** Builds a page from one row more than was asked for; the extra row only tells that there is a next page. */
export function toConnection<Row, const Place extends readonly string[]>(
  order: string,
  page: PageRequest<Place>,
  rows: readonly Row[],
  placeOf: (row: Row) => Place,
): Connection<Row> {
  const nodes = rows.slice(0, page.first)
  const edges = nodes.map(node => ({
    node,
    cursor: Buffer.from(JSON.stringify([order, ...placeOf(node)])).toString('base64url'),
  }))
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
