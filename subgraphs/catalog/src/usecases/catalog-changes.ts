import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import type { Context } from '../context.ts'
import type { Category } from '../domain/category.ts'
import type { Product } from '../domain/product.ts'
import type { TaxClass } from '../domain/tax-class.ts'
import type { TaxSettings } from '../domain/tax-settings.ts'
import { present } from '../present.ts'
import { BEFORE_ALL_CHANGES, type Changed, type ChangePlace, readChanges } from '../store/changes.ts'
import { taxSettingsOf } from './tax-settings.ts'

const FEED = 'catalogChanges'
const CHANGES = 100
const CHANGES_MOST = 500

export type CatalogEntry =
  | ({ readonly __typename: 'Product' } & Product)
  | ({ readonly __typename: 'Category' } & Category)
  | ({ readonly __typename: 'TaxClass' } & TaxClass)

export interface CatalogChanges {
  readonly changes: readonly { readonly cursor: string; readonly entry: CatalogEntry }[]
  readonly cursor: string
  readonly caughtUp: boolean
  readonly taxSettings: TaxSettings
}

/** What has changed since a cursor, as it is now; all there is when there is no cursor. */
export async function catalogChanges(
  context: Context,
  given: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
): Promise<CatalogChanges> {
  const first = given.first ?? CHANGES
  if (!Number.isInteger(first) || first < 1 || first > CHANGES_MOST)
    throw refusal('BAD_USER_INPUT', `first must be a whole number from 1 to ${CHANGES_MOST}`)
  const { after } = readPage<ChangePlace>(FEED, BEFORE_ALL_CHANGES.length, { after: given.after })
  const place = readPlace(after ?? BEFORE_ALL_CHANGES)
  // the settings first: what they name is then in the feed at the latest when it is caught up
  const taxSettings = await taxSettingsOf(context)
  const { changes, head } = await readChanges(context.queried, place, first + 1)
  if (BigInt(place[0]) > head)
    throw refusal('BAD_USER_INPUT', 'after is from before the catalogue was restored: begin again without it')
  const page = toConnection(FEED, { first, after: place }, changes, change => change.place)
  const entries = await Promise.all(page.edges.map(({ node }) => entryOf(context, node)))
  return {
    changes: page.edges.map(({ cursor }, index) => ({ cursor, entry: entries[index] as CatalogEntry })),
    cursor: page.pageInfo.endCursor ?? cursorOf(place),
    caughtUp: !page.pageInfo.hasNextPage,
    taxSettings,
  }
}

async function entryOf({ load }: Context, { kind, id }: Changed): Promise<CatalogEntry> {
  switch (kind) {
    case 'Product':
      return { __typename: kind, ...present(await load.products.load(id)) }
    case 'Category':
      return { __typename: kind, ...present(await load.categories.load(id)) }
    case 'TaxClass':
      return { __typename: kind, ...present(await load.taxClasses.load(id)) }
  }
}

function readPlace(place: ChangePlace): ChangePlace {
  const [change, kind, id] = place
  if (/^\d{1,18}$/.test(change) && /^\d$/.test(kind) && /^[0-9a-f-]{36}$/.test(id)) return place
  throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
}

function cursorOf(place: ChangePlace): string {
  const [edge] = toConnection(FEED, { first: 1, after: undefined }, [place], itself => itself).edges
  return edge?.cursor ?? ''
}
