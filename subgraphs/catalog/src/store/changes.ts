import { sql } from '@tillgraph/kit/database/statement'
import type { Queried } from './queried.ts'

/** Kinds in the order in which those of one change are told: what others name comes before them. */
export const changedKinds = ['TaxClass', 'Category', 'Product'] as const

export type ChangedKind = (typeof changedKinds)[number]

/** A place in the feed: the number of a change, the kind of what changed and its id. */
export type ChangePlace = readonly [change: string, kind: string, id: string]

export const BEFORE_ALL_CHANGES: ChangePlace = ['0', '0', '00000000-0000-0000-0000-000000000000']

export interface Changed {
  readonly kind: ChangedKind
  readonly id: string
  readonly place: ChangePlace
}

interface Row {
  readonly change: bigint | null
  readonly kind: number
  readonly id: string
  readonly head: bigint
}

const tables: Readonly<Record<ChangedKind, string>> = {
  TaxClass: 'tax_class',
  Category: 'category',
  Product: 'product',
}

const changedOf = (table: string, kind: number) => `
  (select change, ${kind} as kind, id from ${table}
   where tenant_id = $1 and change >= $2 and (change, ${kind}, id) > ($2::bigint, $3::int, $4::uuid)
   order by change, id limit $5)`

const CHANGES = sql<Row>(`
  with head as (select coalesce(max(last_change), 0) as head from change_counter where tenant_id = $1)
  select f.change, f.kind, f.id, head.head from head left join (
    ${changedKinds.map((kind, index) => changedOf(tables[kind], index)).join(' union all ')}
    order by change, kind, id limit $5
  ) f on true
  order by f.change, f.kind, f.id`)

/**
 * What changed behind a place, oldest first, and the number of the latest change there is. Numbers are given out one
 * at a time (see beginChange), so that whoever has seen one has seen all below it.
 */
export async function readChanges(
  queried: Queried,
  after: ChangePlace,
  most: number,
): Promise<{ readonly changes: readonly Changed[]; readonly head: bigint }> {
  const rows = await queried.query(CHANGES, [queried.tenantId, ...after, most])
  return {
    head: rows[0]?.head ?? 0n,
    changes: rows.flatMap(({ change, kind, id }) => {
      const name = changedKinds[kind]
      return change === null || name === undefined
        ? []
        : [{ kind: name, id, place: [`${change}`, `${kind}`, id] as const }]
    }),
  }
}
