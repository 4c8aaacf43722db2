import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Money } from '@tillgraph/rules/money'

const problem = <Name extends string>(name: Name, code: string, message: string) =>
  ({ __typename: name, code, message }) as const

export const notFound = (what: string) =>
  problem('NotFound', 'NOT_FOUND', `There is no such ${what}, or it is not yours to see.`)

export const invalidInput = (field: string, message: string) => ({
  ...problem('InvalidInput', 'INVALID_INPUT', message),
  field,
})

export const notAllowed = (message: string) => problem('NotAllowed', 'NOT_ALLOWED', message)

export const alreadyUsedDifferently = (message = 'This id or idempotency key was used before, for something else.') =>
  problem('AlreadyUsedDifferently', 'ALREADY_USED_DIFFERENTLY', message)

export const paymentDeclined = (paymentId: string, declineCode: string) => ({
  ...problem('PaymentDeclined', 'PAYMENT_DECLINED', 'This tender was refused and nothing was taken: take another one.'),
  paymentId,
  declineCode,
})

export const paymentOutcomeUnknown = (paymentId: string | null) => ({
  ...problem(
    'PaymentOutcomeUnknown',
    'PAYMENT_OUTCOME_UNKNOWN',
    'The processor has not said whether money moved. It is being found out: ask again, and do not charge anew.',
  ),
  paymentId,
})

export const insufficientFunds = (paymentId: string, available: Money) => ({
  ...problem('InsufficientFunds', 'INSUFFICIENT_FUNDS', 'There is less on it than was tendered: tender less of it.'),
  paymentId,
  available,
})

export const notEnoughTendered = (missing: Money) => ({
  ...problem(
    'NotEnoughTendered',
    'NOT_ENOUGH_TENDERED',
    'The tenders do not make up what is due: add what is missing.',
  ),
  missing,
})

export const refundExceedsPaid = (refundable: bigint, currency: CurrencyCode) => ({
  ...problem('RefundExceedsPaid', 'REFUND_EXCEEDS_PAID', 'Less is left of what was paid: give back less.'),
  refundable: { minor: refundable, currency },
})

export const drawerClosed = () =>
  problem('DrawerClosed', 'DRAWER_CLOSED', 'This drawer is closed and what belongs to it stands: open a new session.')

export const courierOwesLess = (held: Money) => ({
  ...problem('CourierOwesLess', 'COURIER_OWES_LESS', 'The courier holds less than that: hand in what they hold.'),
  held,
})

export const drawerNotCounted = () =>
  problem('DrawerNotCounted', 'DRAWER_NOT_COUNTED', 'Count the cash in the drawer first, then close it.')

export const giftCardCodeTaken = () =>
  problem('GiftCardCodeTaken', 'GIFT_CARD_CODE_TAKEN', 'Another gift card has this code: use another card.')
