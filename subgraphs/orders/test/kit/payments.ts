import { SERVICE_TOKEN_HEADER, type ServiceTokens } from '@tillgraph/kit/access/service-token'
import type { GraphService } from '@tillgraph/kit/graph-request'

interface MoneyText {
  readonly amount: string
  readonly currency: string
}

interface Taken {
  state: 'TAKEN' | 'DECLINED' | 'VOIDED'
  readonly asked: string
  readonly answer: Record<string, unknown>
  readonly change: MoneyText
  readonly tips: MoneyText
  readonly due: number
  readonly payments: readonly Record<string, unknown>[]
}

/** Payments as the contract says it, in memory: a card with the token `declined` is declined, `unknown` is not known. */
export interface PaymentsUnderTest {
  readonly service: GraphService
  /** Money that was taken for an order before it is sold. */
  deposit(tenantId: string, orderId: string): void
  stateOf(orderId: string): string | undefined
  /** Minor units. */
  refundedOf(orderId: string): number
  /** How often money was really taken. */
  readonly taken: { count: number }
}

export function createPayments(tokens: ServiceTokens): PaymentsUnderTest {
  const orders = new Map<string, Taken>()
  const taken = { count: 0 }

  function take(tenantId: string, input: Record<string, unknown>): Record<string, unknown> {
    const key = tenantId + input.orderId
    const asked = JSON.stringify(input)
    const before = orders.get(key)
    if (before?.state === 'VOIDED' || (before?.state === 'TAKEN' && before.asked !== asked))
      return { __typename: 'AlreadyUsedDifferently', code: 'ALREADY_USED_DIFFERENTLY', message: 'used' }
    if (before?.state === 'TAKEN') return before.answer
    const due = input.due as MoneyText
    const tenders = input.tenders as {
      id: string
      kind: string
      token: string | null
      amount: MoneyText
      tip: MoneyText | null
    }[]
    const money = (minor: number) => ({ amount: (minor / 100).toFixed(2), currency: due.currency })
    const minor = (text: MoneyText | null) => Math.round(Number(text?.amount ?? 0) * 100)
    const refused = tenders.find(({ token }) => token === 'declined')
    if (tenders.some(({ token }) => token === 'unknown'))
      return { __typename: 'PaymentOutcomeUnknown', code: 'X', message: 'x', unknownPaymentId: null }
    const change = money(tenders.reduce((sum, { amount }) => sum + minor(amount), 0) - minor(due))
    const tips = money(tenders.reduce((sum, { tip }) => sum + minor(tip), 0))
    const answer = refused
      ? {
          __typename: 'PaymentDeclined',
          code: 'PAYMENT_DECLINED',
          message: 'declined',
          paymentId: refused.id,
          declineCode: 'insufficient_funds',
        }
      : { __typename: 'PaymentsTaken', change, tips }
    if (!refused) taken.count++
    const payments = tenders.map(({ kind, amount, tip }) => ({
      ...{ tender: kind, state: refused ? 'DECLINED' : 'CAPTURED', tendered: amount, tip: tip ?? money(0) },
      card: kind === 'CARD' ? { brand: 'visa', lastFour: '4242' } : null,
    }))
    orders.set(key, { state: refused ? 'DECLINED' : 'TAKEN', asked, answer, change, tips, due: minor(due), payments })
    return answer
  }

  const refunds = new Map<string, number>()
  function refund(tenantId: string, given: unknown): Record<string, unknown> {
    const input = given as { refundId: string; orderId: string; amount: MoneyText; reason: string }
    const known = orders.get(tenantId + input.orderId)
    const before = [...refunds].filter(([key]) => key.startsWith(input.orderId) && !key.endsWith(input.refundId))
    const sum = before.reduce((all, [, amount]) => all + amount, Math.round(Number(input.amount.amount) * 100))
    if (input.reason === 'decline' || !known || sum > known.due)
      return { __typename: 'RefundExceedsPaid', code: 'REFUND_EXCEEDS_PAID', message: 'too much' }
    refunds.set(input.orderId + input.refundId, Math.round(Number(input.amount.amount) * 100))
    return { __typename: 'PaymentsRefunded' }
  }

  return {
    taken,
    refundedOf: orderId =>
      [...refunds].filter(([key]) => key.startsWith(orderId)).reduce((sum, [, amount]) => sum + amount, 0),
    deposit(tenantId, orderId) {
      const nothing = { amount: '0.00', currency: 'EUR' }
      orders.set(tenantId + orderId, {
        state: 'TAKEN',
        asked: '',
        answer: {},
        change: nothing,
        tips: nothing,
        payments: [],
        due: 0,
      })
    },
    stateOf: orderId => [...orders].find(([key]) => key.endsWith(orderId))?.[1].state,
    service: {
      async execute({ query, variables = {}, headers }) {
        const { tenantId } = await tokens.read(headers[SERVICE_TOKEN_HEADER] ?? '')
        if (query.includes('takePayments'))
          return { data: { takePayments: take(tenantId, variables.input as Record<string, unknown>) } }
        const key = tenantId + variables.orderId
        const known = orders.get(key)
        if (query.includes('refundPayments')) return { data: { refundPayments: refund(tenantId, variables.input) } }
        if (query.includes('voidPayments')) {
          const nothing = { amount: '0.00', currency: 'EUR' }
          if (known) known.state = 'VOIDED'
          else
            orders.set(key, {
              state: 'VOIDED',
              asked: '',
              answer: {},
              change: nothing,
              tips: nothing,
              due: 0,
              payments: [],
            })
          return { data: { voidPayments: { __typename: 'PaymentsVoided' } } }
        }
        return { data: { paymentsOfOrder: known ?? null } }
      },
      subscribe() {
        throw new Error('orders subscribes to nothing of payments')
      },
    },
  }
}
