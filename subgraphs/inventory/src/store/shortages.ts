import type { Shortage } from '../domain/problems.ts'

/** What the SQL functions say of products that are short; quantities are text, because JSON's numbers are floats. */
export function readShortages(
  rows: readonly { readonly productId: string; readonly wanted: string; readonly available: string }[],
): Shortage[] {
  return rows.map(({ productId, wanted, available }) => ({
    productId,
    wanted: BigInt(wanted),
    available: BigInt(available),
  }))
}
