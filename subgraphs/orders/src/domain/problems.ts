import { InputFault } from '@tillgraph/rules/input-fault'
import type { Money } from '@tillgraph/rules/money'
import { formatQuantity } from '@tillgraph/rules/quantity'
import type { OrderStatus } from './order.ts'

export interface InvalidInput {
  readonly __typename: 'InvalidInput'
  readonly code: string
  readonly message: string
  readonly field: string
}

/** What a field's fault is answered with; anything else is thrown on. */
export function invalidInput(error: unknown): InvalidInput {
  if (!(error instanceof InputFault)) throw error
  return { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: error.message, field: error.field }
}

/** A value, or what is wrong with what it was to be read from. */
export function readInput<T extends object>(read: () => T): T | InvalidInput {
  try {
    return read()
  } catch (error) {
    return invalidInput(error)
  }
}

export function isInvalid(value: object): value is InvalidInput {
  return '__typename' in value && value.__typename === 'InvalidInput'
}

const problem = <Name extends string>(name: Name, code: string, message: string) =>
  ({ __typename: name, code, message }) as const

export const notFound = (what: string) =>
  problem('NotFound', 'NOT_FOUND', `There is no such ${what}, or it is not yours to see.`)

export const notAllowed = (message: string) => problem('NotAllowed', 'NOT_ALLOWED', message)

export const alreadyUsedDifferently = () =>
  problem(
    'AlreadyUsedDifferently',
    'ALREADY_USED_DIFFERENTLY',
    'This id or idempotency key was used before, for something else.',
  )

export const stillInProgress = () =>
  problem(
    'StillInProgress',
    'STILL_IN_PROGRESS',
    'The same request is being carried out at this moment; ask again for its answer.',
  )

export const changedMeanwhile = () =>
  problem('ChangedMeanwhile', 'CHANGED_MEANWHILE', 'Somebody else changed it meanwhile: look at it again, then decide.')

export const saleUndone = () =>
  problem(
    'SaleUndone',
    'SALE_UNDONE',
    'This sale was cut short and taken back: nothing is sold and nothing is paid. Sell again under a new id.',
  )

export const notEnoughTendered = (missing: Money) => ({
  ...problem('NotEnoughTendered', 'NOT_ENOUGH_TENDERED', 'The tenders do not make up what is owed: take more.'),
  missing,
})

export const illegalOrderStep = (status: OrderStatus) => ({
  ...problem('IllegalOrderStep', 'ILLEGAL_ORDER_STEP', 'This order is not at a point where that can be done.'),
  status,
})

export const moreThanLeft = (lineId: string, left: bigint) => ({
  ...problem(
    'MoreThanLeft',
    'MORE_THAN_LEFT',
    'More was to be taken back than is left of what was sold: take back less.',
  ),
  lineId,
  left: formatQuantity(left),
})

export const refundRefused = (message: string) => problem('RefundRefused', 'REFUND_REFUSED', message)

export const tooManyNumbers = (unused: bigint) => ({
  ...problem('TooManyNumbers', 'TOO_MANY_NUMBERS', 'This till has many unused numbers: use those first.'),
  unused: Number(unused),
})

export const notAdmissible = (message: string) => problem('NotAdmissible', 'NOT_ADMISSIBLE', message)
export const notConfigured = (message: string) => problem('NotConfigured', 'NOT_CONFIGURED', message)
