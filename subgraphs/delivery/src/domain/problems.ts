import type { CurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import { type Money, money } from '@tillgraph/rules/money'
import type { DeliveryState } from './delivery.ts'
import type { WindowFault } from './window.ts'
import { type Terms, ZONES_MOST } from './zone.ts'

export interface InvalidInput {
  readonly __typename: 'InvalidInput'
  readonly code: string
  readonly message: string
  readonly field: string
}

/** A value, or what is wrong with what it was to be read from. */
export function readInput<T extends object>(read: () => T): T | InvalidInput {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InputFault)) throw error
    return { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: error.message, field: error.field }
  }
}

export function isInvalid(value: object): value is InvalidInput {
  return '__typename' in value && value.__typename === 'InvalidInput'
}

const problem = <Name extends string>(name: Name, code: string, message: string) =>
  ({ __typename: name, code, message }) as const

export const notFound = (what: 'store' | 'zone' | 'courier' | 'delivery' | 'user' | 'customer' | 'order') =>
  problem('NotFound', 'NOT_FOUND', `There is no such ${what}, or it is not yours to see.`)

export const changedMeanwhile = () =>
  problem('ChangedMeanwhile', 'CHANGED_MEANWHILE', 'Somebody else changed it meanwhile: look at it again, then decide.')

export const illegalTransition = (state: DeliveryState) => ({
  ...problem('IllegalTransition', 'ILLEGAL_TRANSITION', 'The delivery is not at a point where that can be done.'),
  state,
})

export const outsideZones = () =>
  problem('OutsideDeliveryZones', 'OUTSIDE_DELIVERY_ZONES', 'The store does not bring anything there.')

export const belowMinimum = (minimumOrder: Money) => ({
  ...problem('BelowDeliveryMinimum', 'BELOW_DELIVERY_MINIMUM', 'The order is too small to be brought: add to it.'),
  minimumOrder,
})

export const windowNotOffered = (reason: WindowFault) => ({
  ...problem('WindowNotOffered', 'WINDOW_NOT_OFFERED', 'Nothing is brought at that time: choose another window.'),
  reason,
})

/** What is answered where no zone takes an order. */
export function refusedTerms(terms: Exclude<Terms, { kind: 'offered' }>, currency: CurrencyCode) {
  switch (terms.kind) {
    case 'outside':
      return outsideZones()
    case 'belowMinimum':
      return belowMinimum(money(terms.minimumOrder, currency))
    case 'notThen':
      return windowNotOffered(terms.fault)
  }
}

export const orderNotToBring = (status: string) =>
  problem('OrderNotToBring', 'ORDER_NOT_TO_BRING', `An order that is ${status} is not brought any more.`)

export const orderHasDelivery = () =>
  problem('OrderHasDelivery', 'ORDER_HAS_DELIVERY', 'This order is brought already: return that delivery first.')

export const tooManyZones = () =>
  problem(
    'TooManyDeliveryZones',
    'TOO_MANY_DELIVERY_ZONES',
    `A store has ${ZONES_MOST} zones at the most: archive one.`,
  )

export const alreadyACourier = () =>
  problem('AlreadyACourier', 'ALREADY_A_COURIER', 'This person is a courier already: change that courier instead.')

export const courierHasDeliveries = () =>
  problem(
    'CourierHasDeliveries',
    'COURIER_HAS_DELIVERIES',
    'This courier still brings something: assign it to another.',
  )

export const courierInactive = () =>
  problem('CourierInactive', 'COURIER_INACTIVE', 'This courier does not work at the moment: choose another.')

export const wrongPin = (attemptsLeft: number) => ({
  ...problem('WrongPin', 'WRONG_PIN', "This is not the customer's PIN: ask for it again."),
  attemptsLeft,
})

export const pinLocked = () =>
  problem('PinLocked', 'PIN_LOCKED', 'The PIN was wrong too often: somebody of the store must complete this.')

export const proofMissing = () =>
  problem('ProofMissing', 'PROOF_MISSING', 'Say what proves it: the PIN where there is one, a name, or a photo.')

export const cashMismatch = (cashDue: Money | null) => ({
  ...problem('CashMismatch', 'CASH_MISMATCH', 'What was collected must be exactly what was due.'),
  cashDue,
})

export const tooSoon = (retryAfterSeconds: number) => ({
  ...problem('TooSoon', 'TOO_SOON', 'A position was reported a moment ago: wait a little.'),
  retryAfterSeconds,
})
