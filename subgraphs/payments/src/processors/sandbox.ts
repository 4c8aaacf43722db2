import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Captured, Charge, Declined, Processor, RefundOrder } from './processor.ts'
import { behaviourOf, type SandboxRates } from './sandbox-behaviour.ts'

export interface SandboxOptions extends SandboxRates {
  /** How long after it was asked a LATE charge is carried out. */
  readonly lateByMs: number
  /** How long the network takes for a charge. Default 0. */
  readonly answerMs?: number
}

interface ChargeRow {
  readonly state: 'CAPTURED' | 'DECLINED' | 'VOIDED'
  readonly decline_code: string | null
}

// Named by our id: the second time it only counts that it was asked, and answers what the first time did.
const CHARGE = sql<ChargeRow>(`
  insert into sandbox_charge as known (tenant_id, id, state, amount, currency, decline_code)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (tenant_id, id) do update set asked = known.asked + 1
  returning state, decline_code`)

const LOOK_UP = sql<ChargeRow>('select state, decline_code from sandbox_charge where tenant_id = $1 and id = $2')

const VOID = sql(`
  insert into sandbox_charge as known (tenant_id, id, state, amount, currency, asked) values ($1, $2, 'VOIDED', $3, $4, 0)
  on conflict (tenant_id, id) do update set state = 'VOIDED' where known.state = 'CAPTURED'`)

const REFUND = sql<{ state: 'REFUNDED' | 'DECLINED' }>(`
  with charge as (
    update sandbox_charge set refunded = refunded + $4 where tenant_id = $1 and id = $3 and state = 'CAPTURED'
      and refunded + $4 <= amount and not exists (select from sandbox_refund where tenant_id = $1 and id = $2)
    returning id
  )
  insert into sandbox_refund as known (tenant_id, id, charge_id, amount, state)
  select $1, $2, $3, $4, case when exists (select from charge) then 'REFUNDED' else 'DECLINED' end
  on conflict (tenant_id, id) do update set asked = known.asked + 1
  returning state`)

const LOOK_UP_REFUND = sql<{ state: 'REFUNDED' | 'DECLINED' }>(
  'select state from sandbox_refund where tenant_id = $1 and id = $2',
)

/** A network to try things with. What it does stands in tables of its own, written outside of our transactions. */
export function createSandbox(database: Database, options: SandboxOptions): Processor {
  async function carryOut(charge: Charge, declineCode: string | null): Promise<Captured | Declined> {
    const { tenantId, id, amount, currency } = charge
    const state = declineCode === null ? 'CAPTURED' : 'DECLINED'
    const [row] = await database.query(tenantId, CHARGE, [tenantId, id, state, amount, currency, declineCode])
    if (!row) throw new Error('The sandbox network has lost a charge')
    return answerOf(row, id)
  }

  return {
    name: 'sandbox',
    async charge(charge, token, remember) {
      if (options.answerMs) await sleep(options.answerMs)
      const [behaviour, declineCode] = behaviourOf(charge, token, options)
      if (behaviour === 'DECLINE') return carryOut(charge, declineCode)
      if (!(await remember(`sandbox_${charge.id}`))) return { outcome: 'DECLINED', declineCode: 'not_wanted' }
      switch (behaviour) {
        case 'APPROVE':
          return carryOut(charge, null)
        case 'LOSE':
          await carryOut(charge, null)
          throw new Error('The answer was lost')
        case 'LATE':
          // carried out when nobody waits for it any more; an end of the process in between is a charge that never was
          sleep(options.lateByMs, undefined, { ref: false })
            .then(() => carryOut(charge, null))
            .catch(() => {})
          return { outcome: 'UNKNOWN' }
        case 'TIMEOUT':
          return { outcome: 'UNKNOWN' }
      }
    },
    async lookUp({ tenantId, id }) {
      const [row] = await database.query(tenantId, LOOK_UP, [tenantId, id])
      return row ? answerOf(row, id) : { outcome: 'NONE' }
    },
    async void({ tenantId, id, amount, currency }) {
      await database.query(tenantId, VOID, [tenantId, id, amount, currency])
      return { outcome: 'VOIDED' }
    },
    async refund({ id, amount, charge }: RefundOrder) {
      const [row] = await database.query(charge.tenantId, REFUND, [charge.tenantId, id, charge.id, amount])
      return row?.state === 'REFUNDED'
        ? { outcome: 'REFUNDED' }
        : { outcome: 'DECLINED', declineCode: 'refund_refused' }
    },
    async lookUpRefund({ id, charge }) {
      const [row] = await database.query(charge.tenantId, LOOK_UP_REFUND, [charge.tenantId, id])
      if (!row) return { outcome: 'NONE' }
      return row.state === 'REFUNDED' ? { outcome: 'REFUNDED' } : { outcome: 'DECLINED', declineCode: 'refund_refused' }
    },
  }
}

function answerOf(row: ChargeRow, id: string): Captured | Declined {
  if (row.state === 'CAPTURED')
    return { outcome: 'CAPTURED', reference: `sandbox_${id}`, brand: 'visa', lastFour: '4242' }
  return { outcome: 'DECLINED', declineCode: row.decline_code ?? 'voided' }
}
