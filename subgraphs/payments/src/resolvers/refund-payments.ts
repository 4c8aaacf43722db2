import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId } from '@tillgraph/rules/input-fields'
import type { MutationResolvers, RefundPaymentsInput } from '../../generated/graphql.ts'
import type { Share } from '../domain/refund.ts'
import { refundPayments as carryOut } from '../usecases/refund-payments.ts'
import { readAmount, readAmountIn, reading, readLine, readOptionalId } from './read.ts'

const REASON_CHARACTERS_MOST = 200
const TARGETS_MOST = 20

export const refundPayments: NonNullable<MutationResolvers['refundPayments']> = (_, { input }, context) =>
  reading(
    () => {
      const asked = {
        refundId: readId('refundId', input.refundId),
        orderId: readId('orderId', input.orderId),
        currency: input.amount.currency,
        amount: readAmount('amount', input.amount, 'positive'),
        reason: readLine('reason', input.reason, REASON_CHARACTERS_MOST),
        cashierId: readOptionalId('cashierId', input.cashierId),
        registerId: readOptionalId('registerId', input.registerId),
        to: readTargets(input),
      }
      if (asked.to && asked.to.reduce((sum, { amount }) => sum + amount, 0n) !== asked.amount)
        throw new InputFault('to', 'Together these must be the amount.')
      return { ...asked, fingerprint: fingerprintOf(asked) }
    },
    asked => carryOut(context, asked),
  )

function readTargets({ to, amount: { currency } }: RefundPaymentsInput): Share[] | undefined {
  if (!to) return undefined
  if (to.length === 0 || to.length > TARGETS_MOST)
    throw new InputFault('to', `There must be 1 to ${TARGETS_MOST} payments, or none at all.`)
  if (new Set(to.map(({ paymentId }) => paymentId)).size < to.length)
    throw new InputFault('to', 'A payment is named twice.')
  return to.map((target, index) => ({
    paymentId: readId(`to.${index}.paymentId`, target.paymentId),
    amount: readAmountIn(currency, `to.${index}.amount`, target.amount, 'positive'),
  }))
}
