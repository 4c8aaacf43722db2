import { InputFault } from '@tillgraph/rules/input-fault'
import { formatQuantity } from '@tillgraph/rules/quantity'
import type { PurchaseOrderState } from './purchase-order.ts'
import type { StockCountState } from './stock-count.ts'

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

export const alreadyUsedDifferently = () =>
  problem(
    'AlreadyUsedDifferently',
    'ALREADY_USED_DIFFERENTLY',
    'This id or idempotency key was used before, for something else.',
  )

export const changedMeanwhile = () =>
  problem('ChangedMeanwhile', 'CHANGED_MEANWHILE', 'Somebody else changed it meanwhile: look at it again, then decide.')

/** A product of which more is wanted than is available; quantities in thousandths. */
export interface Shortage {
  readonly productId: string
  readonly wanted: bigint
  readonly available: bigint
}

export const outOfStock = (shortages: readonly Shortage[]) => ({
  ...problem(
    'OutOfStock',
    'OUT_OF_STOCK',
    shortages.length === 1
      ? 'Less is available than was wanted: take less of it, or leave it out.'
      : `Of ${shortages.length} products less is available than was wanted: take less of them, or leave them out.`,
  ),
  products: shortages.map(({ productId, wanted, available }) => ({
    productId,
    wanted: formatQuantity(wanted),
    available: formatQuantity(available),
  })),
})

export const stockCountClosed = (state: StockCountState) => ({
  ...problem('StockCountClosed', 'STOCK_COUNT_CLOSED', 'This count was posted or cancelled: open another.'),
  state,
})

export const supplierNameTaken = () =>
  problem('SupplierNameTaken', 'SUPPLIER_NAME_TAKEN', 'Another supplier in use has this name: choose another name.')

export const supplierArchived = () =>
  problem(
    'SupplierArchived',
    'SUPPLIER_ARCHIVED',
    'This supplier is out of use: put it back in use, or choose another.',
  )

export const illegalPurchaseOrderStep = (state: PurchaseOrderState) => ({
  ...problem(
    'IllegalPurchaseOrderStep',
    'ILLEGAL_PURCHASE_ORDER_STEP',
    'This purchase order is not at a point where that can be done.',
  ),
  state,
})

export const moreThanOrdered = (productId: string, open: bigint) => ({
  ...problem(
    'MoreThanOrdered',
    'MORE_THAN_ORDERED',
    'More has come than is still to come: book what was ordered, and the rest as another order or an adjustment.',
  ),
  productId,
  open: formatQuantity(open),
})

export const leaseEnded = () =>
  problem('LeaseEnded', 'LEASE_ENDED', 'What was set aside has been given back: ask for it anew, under a new id.')

export const tooManyLeases = () =>
  problem('TooManyLeases', 'TOO_MANY_LEASES', 'This till has many leases already: give some of them back first.')

export const incidentResolved = () =>
  problem('IncidentResolved', 'INCIDENT_RESOLVED', 'Somebody has said before what was done about it.')
