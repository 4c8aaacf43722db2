import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { formatMoney, type Money, parseMoney } from '@tillgraph/rules/money'
import type { SaleContent } from '../store/sale-content.ts'

const MONEY = '{ amount currency }'
const TAKE = `mutation TakeForOrders($input: TakePaymentsInput!) { takePayments(input: $input) {
  __typename ... on Problem { code message } ... on InvalidInput { field }
  ... on PaymentsTaken { change ${MONEY} tips ${MONEY} }
  ... on PaymentDeclined { paymentId declineCode }
  ... on PaymentOutcomeUnknown { unknownPaymentId: paymentId }
  ... on InsufficientFunds { paymentId available ${MONEY} }
  ... on NotEnoughTendered { missing ${MONEY} } } }`

const VOID = `mutation VoidForOrders($orderId: ID!) { voidPayments(orderId: $orderId) {
  __typename ... on Problem { code message } } }`

const KNOWN = `query PaymentsForOrders($orderId: ID!) { paymentsOfOrder(orderId: $orderId) {
  state change ${MONEY} tips ${MONEY} } }`

interface MoneyText {
  readonly amount: string
  readonly currency: string
}

interface ProblemAnswer {
  readonly code: string
  readonly message: string
}

type TakeAnswer =
  | { readonly __typename: 'PaymentsTaken'; readonly change: MoneyText; readonly tips: MoneyText }
  | (ProblemAnswer & {
      readonly __typename: 'PaymentDeclined'
      readonly paymentId: string
      readonly declineCode: string
    })
  | (ProblemAnswer & { readonly __typename: 'PaymentOutcomeUnknown'; readonly unknownPaymentId: string | null })
  | (ProblemAnswer & {
      readonly __typename: 'InsufficientFunds'
      readonly paymentId: string
      readonly available: MoneyText
    })
  | (ProblemAnswer & { readonly __typename: 'NotEnoughTendered'; readonly missing: MoneyText })
  | (ProblemAnswer & { readonly __typename: 'InvalidInput'; readonly field: string })
  | (ProblemAnswer & { readonly __typename: 'AlreadyUsedDifferently' | 'NotFound' })

/** Takes the money of a sale: all tenders, or none. */
export async function takePayments(peers: PeerAccess, caller: PeerCaller, orderId: string, content: SaleContent) {
  const { order, due, tenders } = content
  const currency = parseCurrencyCode(order.currency)
  const money = (minor: string) => ({ amount: formatMoney({ minor: BigInt(minor), currency }), currency })
  const input = {
    orderId,
    storeId: order.store_id,
    registerId: order.register_id,
    cashierId: order.cashier_id,
    customerId: order.customer_id,
    due: money(due),
    tenders: tenders.map(({ id, kind, amount, tip, token, processor }) => ({
      id,
      kind,
      amount: money(amount),
      tip: tip === '0' ? null : money(tip),
      token,
      processor,
    })),
  }
  const answer = await callPeer<{ takePayments: TakeAnswer }>(peers, 'payments', caller, {
    query: TAKE,
    variables: { input },
  })
  const taken = answer.takePayments
  switch (taken.__typename) {
    case 'PaymentsTaken':
      return { ...taken, change: readMoney(taken.change), tips: readMoney(taken.tips) }
    case 'PaymentOutcomeUnknown':
      return { ...taken, paymentId: taken.unknownPaymentId }
    case 'InsufficientFunds':
      return { ...taken, available: readMoney(taken.available) }
    case 'NotEnoughTendered':
      return { ...taken, missing: readMoney(taken.missing) }
    default:
      return taken
  }
}

const REFUND = `mutation RefundForOrders($input: RefundPaymentsInput!) { refundPayments(input: $input) {
  __typename ... on Problem { code message } ... on RefundDeclined { refund { refunded ${MONEY} } } } }`

interface RefundAnswer {
  readonly __typename: string
  readonly message?: string
  readonly refund?: { readonly refunded: MoneyText }
}

/** Gives money back to the tenders that paid: REFUNDED, UNKNOWN as yet, or REFUSED, with what was given back anyhow. */
export async function refundPayments(
  peers: PeerAccess,
  caller: PeerCaller,
  refund: {
    readonly refundId: string
    readonly orderId: string
    readonly amount: Money
    readonly reason: string
    readonly cashierId: string | null
    readonly registerId: string | null
  },
) {
  const { amount, ...rest } = refund
  const input = { ...rest, amount: { amount: formatMoney(amount), currency: amount.currency } }
  const { refundPayments: answer } = await callPeer<{ refundPayments: RefundAnswer }>(peers, 'payments', caller, {
    query: REFUND,
    variables: { input },
  })
  if (answer.__typename === 'PaymentsRefunded') return { outcome: 'REFUNDED' } as const
  if (answer.__typename === 'PaymentOutcomeUnknown') return { outcome: 'UNKNOWN' } as const
  const refunded = answer.refund ? readMoney(answer.refund.refunded).minor : 0n
  return { outcome: 'REFUSED', message: answer.message ?? '', refunded } as const
}

export type PaymentsState = 'TAKING' | 'TAKEN' | 'DECLINED' | 'VOIDING' | 'VOIDED'

/** What payments knows of an order; undefined where it has never heard of it. */
export async function paymentsOfOrder(peers: PeerAccess, caller: PeerCaller, orderId: string) {
  const { paymentsOfOrder } = await callPeer<{
    paymentsOfOrder: { state: PaymentsState; change: MoneyText; tips: MoneyText } | null
  }>(peers, 'payments', caller, { query: KNOWN, variables: { orderId } })
  if (!paymentsOfOrder) return undefined
  const { state, change, tips } = paymentsOfOrder
  return { state, change: readMoney(change).minor, tips: readMoney(tips).minor }
}

/** Undoes all that was taken for an order, and blocks it from being paid; whether that is done. */
export async function voidPayments(peers: PeerAccess, caller: PeerCaller, orderId: string): Promise<boolean> {
  const answer = await callPeer<{ voidPayments: { __typename: string } }>(peers, 'payments', caller, {
    query: VOID,
    variables: { orderId },
  })
  return answer.voidPayments.__typename === 'PaymentsVoided'
}

function readMoney({ amount, currency }: MoneyText): Money {
  return parseMoney(amount, parseCurrencyCode(currency))
}
