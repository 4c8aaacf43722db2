import type { Category } from '../domain/category.ts'

/** A category as statements select it; all null where an outer join found none. */
export interface CategoryRow {
  readonly c_id: string | null
  readonly c_parent_id: string | null
  readonly c_path: string
  readonly c_depth: number
  readonly c_name: string
  readonly c_name_key: string
  readonly c_position: number
  readonly c_version: number
  readonly c_archived_at: Date | null
  readonly c_created_at: Date
  readonly c_updated_at: Date
}

/** What is selected of `category c`. */
export const CATEGORY_COLUMNS = `
  c.id as c_id, c.parent_id as c_parent_id, c.path as c_path, c.depth as c_depth, c.name as c_name,
  c.name_key as c_name_key, c.position as c_position, c.version as c_version, c.archived_at as c_archived_at,
  c.created_at as c_created_at, c.updated_at as c_updated_at`

export function categoryOf(row: CategoryRow): Category | null {
  if (row.c_id === null) return null
  return {
    id: row.c_id,
    parentId: row.c_parent_id,
    path: row.c_path,
    depth: row.c_depth,
    name: row.c_name,
    position: row.c_position,
    version: row.c_version,
    archivedAt: row.c_archived_at,
    createdAt: row.c_created_at,
    updatedAt: row.c_updated_at,
  }
}
