import type { Grant } from '../domain/user.ts'

/** Whether a person works in one of these stores; a role in the whole business is one in each of them. */
export function worksWhere(grants: readonly Grant[], stores: 'all' | readonly string[]): boolean {
  if (stores === 'all') return true
  return stores.length > 0 && grants.some(({ storeId }) => storeId === null || stores.includes(storeId))
}
