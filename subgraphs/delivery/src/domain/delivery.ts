import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Point } from './geometry.ts'

export const deliveryStates = [
  'PENDING',
  'ASSIGNED',
  'PICKED_UP',
  'IN_TRANSIT',
  'DELIVERED',
  'FAILED',
  'RETURNED',
] as const

export type DeliveryState = (typeof deliveryStates)[number]

export const failureReasons = [
  'NOBODY_THERE',
  'WRONG_ADDRESS',
  'REFUSED',
  'DAMAGED',
  'ORDER_CANCELLED',
  'OTHER',
] as const

export type FailureReason = (typeof failureReasons)[number]

/** Where something was, when. */
export interface Position extends Point {
  readonly at: Date
}

/** What changes of a delivery as it goes its way; none of it is personal. */
export interface Progress {
  readonly state: DeliveryState
  readonly courierId: string | null
  readonly changedAt: Date
  readonly pickedUpAt: Date | null
  readonly departedAt: Date | null
  readonly endedAt: Date | null
  readonly failedAttempts: number
  readonly failureReason: FailureReason | null
  readonly eta: Date | null
  readonly position: Position | null
}

/** The way of an order to its customer. Amounts in the smallest unit of `currency`. */
export interface Delivery extends Progress {
  readonly id: string
  readonly storeId: string
  readonly orderId: string
  readonly customerId: string | null
  /** Who placed the order, where that was a partner. */
  readonly partnerId: string | null
  readonly zoneId: string
  readonly address: string | null
  readonly place: Point | null
  readonly contactName: string | null
  readonly contactPhone: string | null
  readonly note: string | null
  readonly windowFrom: Date
  readonly windowUntil: Date
  readonly currency: CurrencyCode
  readonly fee: bigint
  readonly cashDue: bigint | null
  readonly pinHash: string | null
  readonly pinFailures: number
  readonly createdAt: Date
  readonly version: bigint
  readonly failureNote: string | null
  readonly proof: Proof | null
  readonly anonymisedAt: Date | null
  /** Whose it was before its latest change. */
  readonly courierBefore: string | null
}

/** All that the holder of a link is told of a delivery. */
export interface Tracking extends Pick<Delivery, 'state' | 'windowFrom' | 'windowUntil' | 'eta' | 'position'> {
  readonly version: number
  readonly courierFirstName: string | null
}

/** What shows that a customer has the goods. */
export interface Proof {
  readonly pin: boolean
  readonly receivedBy: string | null
  readonly photoUrl: string | null
}

export const steps = ['ASSIGN', 'UNASSIGN', 'PICK_UP', 'DEPART', 'DELIVER', 'FAIL', 'RETRY', 'RETURN'] as const

export type Step = (typeof steps)[number]

const leadsTo: Readonly<Record<DeliveryState, Partial<Record<Exclude<Step, 'RETRY'>, DeliveryState>>>> = {
  PENDING: { ASSIGN: 'ASSIGNED', FAIL: 'FAILED' },
  ASSIGNED: { ASSIGN: 'ASSIGNED', UNASSIGN: 'PENDING', PICK_UP: 'PICKED_UP', FAIL: 'FAILED' },
  PICKED_UP: { DEPART: 'IN_TRANSIT', FAIL: 'FAILED', RETURN: 'RETURNED' },
  IN_TRANSIT: { DELIVER: 'DELIVERED', FAIL: 'FAILED' },
  FAILED: { RETURN: 'RETURNED' },
  DELIVERED: {},
  RETURNED: {},
}

/** Where a step leads; undefined where it cannot be taken. What has failed goes on from where the goods are. */
export function stateAfter(
  delivery: Pick<Delivery, 'state' | 'courierId' | 'pickedUpAt'>,
  step: Step,
): DeliveryState | undefined {
  if (step !== 'RETRY') return leadsTo[delivery.state][step]
  if (delivery.state !== 'FAILED') return undefined
  if (delivery.courierId === null) return 'PENDING'
  return delivery.pickedUpAt === null ? 'ASSIGNED' : 'PICKED_UP'
}

/** What a delivery is after a step that leads to `state`. */
export function progressTo<Known extends Progress>(delivery: Known, state: DeliveryState, now: Date): Known {
  const onItsWay = state === 'IN_TRANSIT'
  const ended = state === 'DELIVERED' || state === 'RETURNED'
  return {
    ...delivery,
    state,
    changedAt: now,
    courierId: state === 'PENDING' ? null : delivery.courierId,
    pickedUpAt: state === 'PICKED_UP' ? (delivery.pickedUpAt ?? now) : delivery.pickedUpAt,
    departedAt: onItsWay ? now : delivery.departedAt,
    endedAt: ended ? now : null,
    failedAttempts: delivery.failedAttempts + (state === 'FAILED' ? 1 : 0),
    eta: onItsWay ? delivery.eta : null,
    position: onItsWay ? delivery.position : null,
  }
}
