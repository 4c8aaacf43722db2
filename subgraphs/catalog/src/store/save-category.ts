import { sql } from '@tillgraph/kit/database/statement'
import type { Work } from '../context.ts'
import { type Category, placeIn, subtreeEnd } from '../domain/category.ts'
import { nameKey } from '../domain/search-text.ts'
import { categoriesByIds } from './categories.ts'
import type { Change } from './change.ts'

const COUNT = sql<{ count: number; last: number }>(`
  select count(*)::int as count, coalesce(max(number), 0) as last from category where tenant_id = $1`)

const NAMED = sql<{ id: string }>(`
  select id from category
  where tenant_id = $1 and parent_id is not distinct from $2 and name_key = $3 and archived_at is null`)

const HEIGHT = sql<{ height: number }>(`
  select max(depth) - $3::int + 1 as height from category where tenant_id = $1 and path >= $2 and path < $4`)

// parent and path are one fact, so they change in one statement
const MOVE = sql(`
  update category set path = $4 || substr(path, char_length($2) + 1), depth = depth + $5::smallint,
    parent_id = case when id = $6 then $7::uuid else parent_id end
  where tenant_id = $1 and path >= $2 and path < $3`)

const IN_USE = sql<{ categories: number; products: number }>(`
  with beneath as (select id, archived_at from category where tenant_id = $1 and path >= $2 and path < $3)
  select (select count(*)::int from beneath where archived_at is null) as categories,
    (select count(*)::int from (
      select from product p join beneath b on p.category_id = b.id
      where p.tenant_id = $1 and p.archived_at is null limit $4) as held) as products`)

const ARCHIVE = sql(`
  update category set archived_at = $4, updated_at = $4, version = version + 1, change = $5
  where tenant_id = $1 and path >= $2 and path < $3 and archived_at is null`)

const ARCHIVE_PRODUCTS = sql<{ id: string }>(`
  update product p set archived_at = $4, updated_at = $4, version = p.version + 1, change = $5
  from category b
  where b.tenant_id = $1 and b.path >= $2 and b.path < $3 and p.tenant_id = $1 and p.category_id = b.id
    and p.archived_at is null
  returning p.id`)

export async function categoryIn(work: Work, id: string): Promise<Category | undefined> {
  return (await categoriesByIds(work, [id]))[0]
}

/** How many categories there are, and the number of the latest. */
export async function countCategories(work: Work): Promise<{ count: number; last: number }> {
  const [row] = await work.query(COUNT, [work.tenantId])
  return row ?? { count: 0, last: 0 }
}

/** The category in use that bears a name in a place, if there is one. */
export async function categoryNamed(work: Work, parentId: string | null, name: string): Promise<string | undefined> {
  return (await work.query(NAMED, [work.tenantId, parentId, nameKey(name)]))[0]?.id
}

/** How many levels a category has: 1 when nothing stands in it. */
export async function heightOf(work: Work, { path, depth }: Category): Promise<number> {
  return (await work.query(HEIGHT, [work.tenantId, path, depth, subtreeEnd(path)]))[0]?.height ?? 1
}

export async function insertCategory(
  { tenantId, prisma }: Work,
  category: { readonly id: string; readonly name: string; readonly position: number },
  { parent, number }: { readonly parent: Category | null; readonly number: number },
  change: Change,
): Promise<void> {
  await prisma.category.create({
    data: {
      ...{ tenantId, ...category, nameKey: nameKey(category.name), parentId: parent?.id ?? null },
      ...{ number, ...placeIn(parent, number), change: change.number, createdAt: change.now, updatedAt: change.now },
    },
    select: { id: true },
  })
}

/** Writes what has become of a category, and takes along what is beneath it when it is moved. */
export async function updateCategory(
  work: Work,
  before: Category,
  after: { readonly name: string; readonly position: number; readonly parent: Category | null },
  change: Change,
): Promise<void> {
  const { tenantId, prisma } = work
  const parentId = after.parent?.id ?? null
  await prisma.category.update({
    where: { tenantId_id: { tenantId, id: before.id } },
    data: {
      ...{ name: after.name, nameKey: nameKey(after.name), position: after.position, updatedAt: change.now },
      ...{ version: { increment: 1 }, change: change.number },
    },
    select: { id: true },
  })
  if (parentId === before.parentId) return
  const place = placeIn(after.parent, Number(before.path.split('.').at(-2)))
  await work.execute(MOVE, [
    ...[tenantId, before.path, subtreeEnd(before.path)],
    ...[place.path, place.depth - before.depth, before.id, parentId],
  ])
}

/** What is in use in a category and beneath it, itself counted; products up to one more than `productsMost`. */
export async function countInUse(
  work: Work,
  { path }: Category,
  productsMost: number,
): Promise<{ readonly categories: number; readonly products: number }> {
  const [row] = await work.query(IN_USE, [work.tenantId, path, subtreeEnd(path), productsMost + 1])
  return row ?? { categories: 0, products: 0 }
}

/** Archives a category with all that is in it; gives the ids of the products among that. */
export async function archiveSubtree(work: Work, { path }: Category, { now, number }: Change): Promise<string[]> {
  const values = [work.tenantId, path, subtreeEnd(path), now, number]
  const [products] = await Promise.all([work.query(ARCHIVE_PRODUCTS, values), work.execute(ARCHIVE, values)])
  return products.map(({ id }) => id)
}

export async function restoreCategory({ tenantId, prisma }: Work, id: string, { now, number }: Change): Promise<void> {
  await prisma.category.update({
    where: { tenantId_id: { tenantId, id } },
    data: { archivedAt: null, updatedAt: now, version: { increment: 1 }, change: number },
    select: { id: true },
  })
}
