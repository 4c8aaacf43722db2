import type { CurrencyCode } from '@tillgraph/rules/currency'
import Stripe from 'stripe'
import type { Captured, Charge, Declined, Processor, RefundOrder, Unknown } from './processor.ts'

export interface StripeOptions {
  readonly secretKey: string
  /** Another address than Stripe's own, to test against. */
  readonly apiUrl?: URL | undefined
  readonly timeoutMs: number
}

/** After these the SDK would send a request once more, whatever it is told. */
const SENT_AGAIN_AFTER: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE'])

/** Connects to Stripe. Nothing is sent a second time by itself: what stays unknown is looked up first. */
export function connectStripe({ secretKey, apiUrl, timeoutMs }: StripeOptions): Stripe {
  const httpClient = Stripe.createNodeHttpClient()
  const makeRequest = httpClient.makeRequest.bind(httpClient)
  httpClient.makeRequest = (...request) =>
    makeRequest(...request).catch((error: Error & { readonly code?: string }) => {
      throw SENT_AGAIN_AFTER.has(error.code) ? new Error(error.message, { cause: error }) : error
    })
  return new Stripe(secretKey, {
    httpClient,
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    ...(apiUrl === undefined
      ? {}
      : {
          host: apiUrl.hostname,
          port: Number(apiUrl.port) || (apiUrl.protocol === 'http:' ? 80 : 443),
          protocol: apiUrl.protocol === 'http:' ? ('http' as const) : ('https' as const),
        }),
  })
}

/**
 * Stripe by its PaymentIntents. One is made first, which charges nothing; its id is remembered; only then is it
 * confirmed. So a payment without a reference was never charged, whatever happened.
 */
export function createStripeProcessor(stripe: Stripe): Processor {
  const retrieve = (reference: string) => stripe.paymentIntents.retrieve(reference, { expand: ['latest_charge'] })

  return {
    name: 'stripe',
    async charge(charge, token, remember) {
      try {
        const reference = charge.reference ?? (await createIntent(stripe, charge, token))
        if (!(await remember(reference))) return { outcome: 'DECLINED', declineCode: 'not_wanted' }
        const confirmed = await stripe.paymentIntents.confirm(
          reference,
          { expand: ['latest_charge'] },
          { idempotencyKey: `${charge.id}:confirm` },
        )
        return confirmed.status === 'requires_action' ? await refuseAction(stripe, confirmed) : answerOf(confirmed)
      } catch (error) {
        return declinedBy(error)
      }
    },

    async lookUp({ reference }) {
      if (reference === null) return { outcome: 'NONE' }
      const intent = await retrieve(reference)
      return intent.status === 'requires_confirmation' ? { outcome: 'NONE' } : answerOf(intent)
    },

    async void({ id, reference }) {
      // without a reference it was never confirmed, and being voided it will not be
      if (reference === null) return { outcome: 'VOIDED' }
      const intent = await retrieve(reference)
      if (intent.status === 'canceled') return { outcome: 'VOIDED' }
      if (intent.status === 'processing') return { outcome: 'UNKNOWN' }
      if (intent.status !== 'succeeded') {
        await stripe.paymentIntents.cancel(reference, {}, { idempotencyKey: `${id}:cancel` })
        return { outcome: 'VOIDED' }
      }
      try {
        const refund = await stripe.refunds.create({ payment_intent: reference }, { idempotencyKey: `${id}:void` })
        return refund.status === 'succeeded' || refund.status === 'pending'
          ? { outcome: 'VOIDED' }
          : { outcome: 'UNKNOWN' }
      } catch (error) {
        if (error instanceof Stripe.errors.StripeError && error.code === 'charge_already_refunded')
          return { outcome: 'VOIDED' }
        throw error
      }
    },

    async refund({ id, amount, charge }: RefundOrder) {
      if (charge.reference === null) return { outcome: 'DECLINED', declineCode: 'never_charged' }
      try {
        const refund = await stripe.refunds.create(
          {
            payment_intent: charge.reference,
            amount: stripeAmount(amount, charge.currency),
            metadata: { tenant_id: charge.tenantId, refund_id: id },
          },
          { idempotencyKey: id },
        )
        return refundAnswer(refund)
      } catch (error) {
        return declinedBy(error)
      }
    },

    async lookUpRefund({ id, charge }) {
      if (charge.reference === null) return { outcome: 'NONE' }
      for await (const refund of stripe.refunds.list({ payment_intent: charge.reference, limit: 100 }))
        if (refund.metadata?.refund_id === id) return refundAnswer(refund)
      return { outcome: 'NONE' }
    },
  }
}

/**
 * Stripe forgets idempotency keys after a day, so this is only for a payment that has no intent that we know of: any
 * other is confirmed by the id of its intent, which is charged once however late and often that is.
 */
async function createIntent(stripe: Stripe, charge: Charge, token: string): Promise<string> {
  const { id } = await stripe.paymentIntents.create(
    {
      amount: stripeAmount(charge.amount, charge.currency),
      currency: charge.currency.toLowerCase(),
      payment_method: token,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { tenant_id: charge.tenantId, payment_id: charge.id },
    },
    { idempotencyKey: charge.id },
  )
  return id
}

/** Nobody can be asked at a till for what the card's bank wants to know: the intent is given up. */
async function refuseAction(stripe: Stripe, intent: Stripe.PaymentIntent): Promise<Declined> {
  await stripe.paymentIntents.cancel(intent.id)
  return { outcome: 'DECLINED', declineCode: 'authentication_required' }
}

function answerOf(intent: Stripe.PaymentIntent): Captured | Declined | Unknown {
  switch (intent.status) {
    case 'succeeded': {
      const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null
      const card = charge?.payment_method_details?.card ?? charge?.payment_method_details?.card_present
      return {
        outcome: 'CAPTURED',
        reference: intent.id,
        brand: card?.brand ?? null,
        lastFour: card?.last4 ?? null,
      }
    }
    case 'canceled':
      return { outcome: 'DECLINED', declineCode: 'canceled' }
    case 'requires_payment_method': {
      const error = intent.last_payment_error
      return { outcome: 'DECLINED', declineCode: error?.decline_code ?? error?.code ?? 'card_declined' }
    }
    default:
      return { outcome: 'UNKNOWN' }
  }
}

function refundAnswer(refund: Stripe.Refund): { outcome: 'REFUNDED' } | Declined {
  return refund.status === 'failed' || refund.status === 'canceled'
    ? { outcome: 'DECLINED', declineCode: refund.failure_reason ?? 'refund_refused' }
    : { outcome: 'REFUNDED' }
}

/** What Stripe has refused for good; anything else is thrown on, and its outcome is not known. */
function declinedBy(error: unknown): Declined {
  if (error instanceof Stripe.errors.StripeCardError)
    return { outcome: 'DECLINED', declineCode: error.decline_code ?? error.code ?? 'card_declined' }
  // it was confirmed before: what became of it is looked up
  if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code !== 'payment_intent_unexpected_state')
    return { outcome: 'DECLINED', declineCode: error.code ?? 'invalid_request' }
  throw error
}

/** Stripe counts these in hundredths, though they have none. */
const IN_HUNDREDTHS: ReadonlySet<CurrencyCode> = new Set<CurrencyCode>(['ISK', 'UGX'])
/** Eight digits are what Stripe takes. */
const STRIPE_AMOUNT_MOST = 99_999_999n

export function stripeAmount(minor: bigint, currency: CurrencyCode): number {
  const amount = IN_HUNDREDTHS.has(currency) ? minor * 100n : minor
  if (amount > STRIPE_AMOUNT_MOST)
    throw new Stripe.errors.StripeInvalidRequestError({
      message: 'too much',
      type: 'invalid_request_error',
      code: 'amount_too_large',
    })
  return Number(amount)
}
