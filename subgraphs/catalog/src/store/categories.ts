import { sql } from '@tillgraph/kit/database/statement'
import type { Category } from '../domain/category.ts'
import { CATEGORY_COLUMNS, type CategoryRow, categoryOf } from './category-rows.ts'
import type { Queried } from './queried.ts'

/** A place in the order in which categories stand: position, key of the name, id. */
export type CategoryPlace = readonly [position: string, nameKey: string, id: string]

export interface ListedCategory {
  readonly category: Category
  readonly place: CategoryPlace
}

export const FIRST_CATEGORY: CategoryPlace = ['-1', '', '00000000-0000-0000-0000-000000000000']

const BY_IDS = sql<CategoryRow>(`
  select ${CATEGORY_COLUMNS} from category c where c.tenant_id = $1 and c.id = any($2::uuid[])`)

const BY_PATHS = sql<CategoryRow>(`
  select ${CATEGORY_COLUMNS} from category c where c.tenant_id = $1 and c.path = any($2::text[])`)

const BEHIND = '(c.position, c.name_key, c.id) > ($3::int, $4, $5::uuid)'
const IN_ORDER = 'order by c.position, c.name_key, c.id limit $6'

const ALL = sql<CategoryRow>(`
  select ${CATEGORY_COLUMNS} from category c
  where c.tenant_id = $1 and (c.archived_at is not null) = $2 and ${BEHIND} ${IN_ORDER}`)

const AT_THE_TOP = sql<CategoryRow>(`
  select ${CATEGORY_COLUMNS} from category c
  where c.tenant_id = $1 and (c.archived_at is not null) = $2 and c.parent_id is null and ${BEHIND} ${IN_ORDER}`)

const CHILDREN = sql<CategoryRow>(`
  select c.* from unnest($7::uuid[]) as asked (id) cross join lateral (
    select ${CATEGORY_COLUMNS} from category c
    where c.tenant_id = $1 and (c.archived_at is not null) = $2 and c.parent_id = asked.id and ${BEHIND} ${IN_ORDER}
  ) c`)

/** All that there are of the given ids, in one statement. */
export async function categoriesByIds(queried: Queried, ids: readonly string[]): Promise<Category[]> {
  return listed(await queried.query(BY_IDS, [queried.tenantId, ids])).map(({ category }) => category)
}

/** Those that have one of the paths: how the ancestors of many categories are found at once. */
export async function categoriesByPaths(queried: Queried, paths: readonly string[]): Promise<Category[]> {
  return listed(await queried.query(BY_PATHS, [queried.tenantId, paths])).map(({ category }) => category)
}

export async function listCategories(
  queried: Queried,
  filter: { readonly archived: boolean; readonly topLevel: boolean },
  after: CategoryPlace,
  most: number,
): Promise<ListedCategory[]> {
  const values = [queried.tenantId, filter.archived, ...after, most]
  return listed(await queried.query(filter.topLevel ? AT_THE_TOP : ALL, values))
}

/** The first of what stands directly in each of several categories, behind one place, in one statement. */
export async function listChildren(
  queried: Queried,
  parentIds: readonly string[],
  archived: boolean,
  after: CategoryPlace,
  most: number,
): Promise<ListedCategory[]> {
  return listed(await queried.query(CHILDREN, [queried.tenantId, archived, ...after, most, parentIds]))
}

function listed(rows: readonly CategoryRow[]): ListedCategory[] {
  return rows.flatMap(row => {
    const category = categoryOf(row)
    return category ? [{ category, place: [String(row.c_position), row.c_name_key, category.id] as const }] : []
  })
}
