import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import { outboxColumns } from '@tillgraph/kit/events/outbox'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { arrayText } from './array-text.ts'

/** An order that is paid by one cash tender. */
export interface CashTake {
  readonly tenantId: string
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string | null
  readonly cashierId: string | null
  readonly customerId: string | null
  readonly fingerprint: string
  readonly currency: CurrencyCode
  readonly due: bigint
  readonly change: bigint
  readonly tip: bigint
  readonly paymentId: string
  readonly event: NewEvent
}

/** KNOWN: something was heard of the order before, and nothing was done. */
export interface CashTaken {
  readonly outcome: 'TAKEN' | 'KNOWN'
  readonly drawerSessionId: string | null
}

const TAKE = sql<CashTaken>(`
  select outcome, session_id as "drawerSessionId"
  from take_cash($1, $2, $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[],
    $10::bigint[], $11::bigint[], $12::bigint[], $13::uuid[], $14::uuid[], $15::text[])
  order by number`)

/** Takes cash for orders of one tenant, in one statement. */
export function takeCash(database: Database, now: Date, takes: readonly CashTake[]): Promise<CashTaken[]> {
  const tenantId = takes[0]?.tenantId ?? ''
  const { ids, payloads } = outboxColumns(takes.map(({ event }) => event))
  return database.query(tenantId, TAKE, [
    tenantId,
    now,
    arrayText(takes.map(take => take.orderId)),
    arrayText(takes.map(take => take.storeId)),
    arrayText(takes.map(take => take.registerId)),
    arrayText(takes.map(take => take.cashierId)),
    arrayText(takes.map(take => take.customerId)),
    arrayText(takes.map(take => take.fingerprint)),
    arrayText(takes.map(take => take.currency)),
    arrayText(takes.map(take => take.due)),
    arrayText(takes.map(take => take.change)),
    arrayText(takes.map(take => take.tip)),
    arrayText(takes.map(take => take.paymentId)),
    arrayText(ids),
    payloads,
  ])
}
