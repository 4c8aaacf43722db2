import type { CurrencyCode } from '@tillgraph/rules/currency'

/** From opening a register's drawer to closing it. */
export interface DrawerSession {
  readonly id: string
  readonly storeId: string
  readonly registerId: string
  readonly number: number
  readonly state: 'OPEN' | 'CLOSED'
  readonly currency: CurrencyCode
  readonly float: bigint
  readonly openedBy: string
  readonly openedAt: Date
  readonly counted: bigint | null
  readonly countedAt: Date | null
  /** What should have been there when it was closed. */
  readonly expected: bigint | null
  readonly closedBy: string | null
  readonly closedAt: Date | null
  readonly note: string
}
