import type { Clock } from '@tillgraph/kit/clock'
import { backoffMs, type Retries } from '@tillgraph/kit/events/queue-contract'
import type { Slot, Slots } from '@tillgraph/kit/slots'
import { HOUSE, mayHaveBeenSent, type OfflineOutcome, type OfflinePayment } from '../domain/offline-payment.ts'
import {
  ask,
  type Captured,
  type Charge,
  type Declined,
  type None,
  type Processor,
  type Unknown,
} from '../processors/processor.ts'
import { PROCESSOR_TIMEOUT_MS } from './money-work.ts'
import type { OfflineQueue } from './offline-queue.ts'

/** Tried after 2 s, then after twice as long each time, up to a quarter of an hour: some 340 times in three days. */
export const offlineRetries: Retries = { attempts: 340, backoffFirstMs: 2_000, backoffMostMs: 900_000 }

export interface WorkOffParts {
  readonly queue: OfflineQueue
  readonly find: (processor: string) => Processor | undefined
  readonly clock: Clock
  /** Between 0 and 1, for spreading tries. */
  readonly chance: () => number
  readonly failed: (error: unknown, payment: OfflinePayment) => void
  /** Where so many payments at once are with the processor, while others are claimed and settled. */
  readonly turns?: Slots
  /** To be told when its turn has come: from here on it waits no more while others could be claimed. */
  readonly turnCame?: () => void
}

/** Who has waited for this much of the lease before its turn comes lets go: the rest may be too short to be answered in. */
const LEASE_WAITED_MOST = 0.4

export interface WorkedOff {
  /** DONE: nothing is left to do. AGAIN: the outcome is not known yet, or somebody else is at it. */
  readonly outcome: 'DONE' | 'AGAIN'
  readonly againInMs: number
  /** Whether the processor has answered; undefined where it was not asked. */
  readonly answered: boolean | undefined
}

const DONE: WorkedOff = { outcome: 'DONE', againInMs: 0, answered: undefined }

/**
 * Works off one payment, as far as it gets: claim, look up whatever may have been sent before, send, settle. Safe to be
 * run by any number of workers, at any time, and to be cut off at any await: a payment that may have been sent is never
 * sent again before its processor, asked by our own id, has said that it knows nothing of it.
 */
export async function workOffPayment(parts: WorkOffParts, tenantId: string, id: string): Promise<WorkedOff> {
  const claim = await parts.queue.claim(tenantId, id)
  if (claim.outcome === 'OVER') return DONE
  const now = parts.clock.now()
  if (claim.outcome === 'HELD')
    return { outcome: 'AGAIN', againInMs: Math.max(claim.until.getTime() - now.getTime(), 1), answered: undefined }
  const { payment, leaseUntil } = claim
  const processor = payment.processor === HOUSE ? undefined : parts.find(payment.processor)
  if (!processor && mayHaveBeenSent(payment) && payment.processor !== HOUSE) {
    // whoever could say whether it was charged is not set up any more
    await parts.queue.layAside(tenantId, id)
    return DONE
  }
  const found = processor
    ? await inTurn(parts, { claimedAt: now, leaseUntil }, slot =>
        askProcessor(parts, processor, tenantId, { ...claim, slot }),
      )
    : houseOutcome(payment)
  if (found === 'TOO_LATE') {
    await parts.queue.lookAgain(tenantId, id, leaseUntil, parts.clock.now())
    return { outcome: 'AGAIN', againInMs: 1, answered: undefined }
  }
  if (found.outcome !== 'UNKNOWN') {
    await settle(parts, tenantId, payment, toOutcome(found))
    return { outcome: 'DONE', againInMs: 0, answered: processor ? true : undefined }
  }
  const againInMs = backoffMs(offlineRetries, payment.tries, parts.chance())
  if (payment.tries >= offlineRetries.attempts) await parts.queue.layAside(tenantId, id)
  else await parts.queue.lookAgain(tenantId, id, leaseUntil, new Date(parts.clock.now().getTime() + againInMs))
  return payment.tries >= offlineRetries.attempts
    ? { outcome: 'DONE', againInMs: 0, answered: false }
    : { outcome: 'AGAIN', againInMs, answered: false }
}

/** Asks when it is its turn; a turn that comes too late in the lease is left out. */
async function inTurn<Answer>(
  { turns, turnCame, clock }: WorkOffParts,
  { claimedAt, leaseUntil }: { readonly claimedAt: Date; readonly leaseUntil: Date },
  asking: (slot: Slot | undefined) => Promise<Answer>,
): Promise<Answer | 'TOO_LATE'> {
  if (!turns) return asking(undefined)
  const longestMs = (leaseUntil.getTime() - claimedAt.getTime()) * LEASE_WAITED_MOST
  return turns.run(async slot => {
    turnCame?.()
    return clock.now().getTime() - claimedAt.getTime() > longestMs ? 'TOO_LATE' : asking(slot)
  })
}

type Found = Captured | Declined | Unknown | { readonly outcome: 'EXPIRED' }

interface Held {
  readonly payment: OfflinePayment
  readonly leaseUntil: Date
  readonly slot: Slot | undefined
}

async function askProcessor(
  parts: WorkOffParts,
  processor: Processor,
  tenantId: string,
  { payment, leaseUntil, slot }: Held,
): Promise<Found> {
  // while our own books are written the processor has time for another payment
  const inBooks = <Answer>(work: () => Promise<Answer>) => (slot ? slot.outside(work) : work())
  const charge = chargeOf(tenantId, payment)
  const asking = <Outcome>(request: (processor: Processor) => Promise<Outcome>) =>
    ask(
      PROCESSOR_TIMEOUT_MS,
      () => request(processor),
      error => parts.failed(error, payment),
    )

  if (mayHaveBeenSent(payment)) {
    const seen: Captured | Declined | None | Unknown = await asking(one => one.lookUp(charge))
    if (seen.outcome !== 'NONE') return seen
    if (!(await inBooks(() => parts.queue.sendingAgain(tenantId, payment.id, leaseUntil))))
      return { outcome: 'UNKNOWN' }
  }
  if (payment.expiresAt <= parts.clock.now()) {
    // what is on its way all the same finds itself refused
    const gone = await asking(one => one.void(charge))
    return gone.outcome === 'VOIDED' ? { outcome: 'EXPIRED' } : { outcome: 'UNKNOWN' }
  }
  let lost = false
  const remember = async (reference: string) => {
    const ours = await inBooks(() => parts.queue.remember(tenantId, payment.id, leaseUntil, reference))
    lost = !ours
    return ours
  }
  const sent = await asking(one => one.charge(charge, payment.token ?? '', remember))
  // a processor that was told to stop says so as a refusal, which is none
  return lost ? { outcome: 'UNKNOWN' } : sent
}

export function chargeOf(tenantId: string, payment: OfflinePayment): Charge {
  const { id, reference, amount, tip, currency } = payment
  return { tenantId, id, reference, amount: amount + tip, currency }
}

/** What the shop keeps itself is taken by booking it; the books refuse what is not there. */
function houseOutcome(payment: OfflinePayment): Captured | Declined {
  if (payment.processor !== HOUSE) return { outcome: 'DECLINED', declineCode: 'no_such_processor' }
  if (payment.tender === 'GIFT_CARD' && payment.giftCardId === null)
    return { outcome: 'DECLINED', declineCode: 'gift_card_refused' }
  if (payment.tender === 'STORE_CREDIT' && payment.customerId === null)
    return { outcome: 'DECLINED', declineCode: 'customer_unknown' }
  return { outcome: 'CAPTURED', reference: '', brand: null, lastFour: null }
}

function toOutcome(found: Exclude<Found, Unknown>): OfflineOutcome {
  switch (found.outcome) {
    case 'CAPTURED': {
      const { reference, brand, lastFour } = found
      return { state: 'CAPTURED', reference: reference === '' ? null : reference, brand, lastFour }
    }
    case 'DECLINED':
      return { state: 'DECLINED', declineCode: found.declineCode }
    case 'EXPIRED':
      return { state: 'EXPIRED', declineCode: 'expired' }
  }
}

/** Thrown by a queue's `settle` where a gift card or store credit does not reach. */
export class InsufficientFunds extends Error {
  override name = 'InsufficientFunds'
}

async function settle(parts: WorkOffParts, tenantId: string, payment: OfflinePayment, outcome: OfflineOutcome) {
  try {
    await parts.queue.settle(tenantId, payment, outcome)
  } catch (error) {
    if (!(error instanceof InsufficientFunds)) throw error
    await parts.queue.settle(tenantId, payment, { state: 'DECLINED', declineCode: 'insufficient_funds' })
  }
}
