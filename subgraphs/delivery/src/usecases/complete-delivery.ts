import { cashCollected } from '@tillgraph/kit/events/delivery'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { type Money, money } from '@tillgraph/rules/money'
import { isPin, PIN_ATTEMPTS_MOST } from '../access/pin.ts'
import { updateRight } from '../access/visible.ts'
import type { Context } from '../context.ts'
import { type Delivery, progressTo, stateAfter } from '../domain/delivery.ts'
import { cashMismatch, illegalTransition, pinLocked, proofMissing, wrongPin } from '../domain/problems.ts'
import { countWrongPin } from '../store/changes.ts'
import { keepStep, withDelivery } from './with-delivery.ts'

export interface ProofGiven {
  readonly pin: string | null
  readonly receivedBy: string | null
  readonly photoUrl: string | null
  readonly cashCollected: Money | null
}

/** Hands over. A wrong PIN is counted in the same transaction, so that any number at once cannot guess any more often. */
export async function completeDelivery(context: Context, id: string, given: ProofGiven) {
  const rightOf = await updateRight(context)
  return withDelivery(
    context,
    id,
    delivery => rightOf(delivery) !== undefined,
    async (session, delivery) => {
      if (delivery.state === 'DELIVERED') return { __typename: 'CompleteDeliverySuccess', delivery } as const
      const state = stateAfter(delivery, 'DELIVER')
      if (!state) return illegalTransition(delivery.state)
      if (!isCashDue(delivery, given))
        return cashMismatch(delivery.cashDue === null ? null : money(delivery.cashDue, delivery.currency))
      const pinNeeded = delivery.pinHash !== null && rightOf(delivery) === 'own'
      if (pinNeeded && delivery.pinFailures >= PIN_ATTEMPTS_MOST) return pinLocked()
      if (pinNeeded && given.pin === null) return proofMissing()
      const pin = given.pin !== null && delivery.pinHash !== null && delivery.pinFailures < PIN_ATTEMPTS_MOST
      if (pin && !(await isPin(given.pin, delivery.pinHash))) {
        await countWrongPin(session, id)
        return wrongPin(PIN_ATTEMPTS_MOST - delivery.pinFailures - 1)
      }
      const { receivedBy, photoUrl } = given
      if (!pin && receivedBy === null && photoUrl === null) return proofMissing()
      const now = context.clock.now()
      const after = { ...progressTo(delivery, state, now), proof: { pin, receivedBy, photoUrl } }
      const delivered = await keepStep(context, session, delivery, after)
      if (delivery.cashDue !== null && delivery.courierId !== null) {
        const { orderId, storeId, courierId, currency, cashDue } = delivery
        const collected = { deliveryId: id, orderId, storeId, courierId, currency, amount: cashDue, collectedAt: now }
        await writeEvent(session, cashCollected.of(id, collected, context.makeId()))
      }
      return { __typename: 'CompleteDeliverySuccess', delivery: delivered } as const
    },
  )
}

function isCashDue({ cashDue, currency }: Delivery, { cashCollected: given }: ProofGiven): boolean {
  if (cashDue === null || given === null) return cashDue === null && given === null
  return given.currency === currency && given.minor === cashDue
}
