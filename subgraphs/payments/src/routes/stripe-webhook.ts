import type { HttpAnswer, HttpRoute } from '@tillgraph/kit/graph-request'
import { isUuid } from '@tillgraph/rules/uuid'
import type Stripe from 'stripe'
import type { Services } from '../services.ts'
import { hastenOrder } from '../store/order-payments.ts'
import { recoverOrder } from '../usecases/recover-order.ts'
import { workOffNow } from '../usecases/work-off-now.ts'

/** How old a signature may be. */
const SIGNATURE_AGE_MOST_SECONDS = 300

/**
 * What Stripe tells by itself. Only its ids are believed: what became of the payment is looked up at Stripe, for an
 * order that is left in the middle or a payment that waits to be worked off, and for no other.
 */
export function stripeWebhook(services: Services, stripe: Stripe, secret: string): HttpRoute {
  return {
    method: 'POST',
    path: '/webhooks/stripe',
    async handle({ body, headers }) {
      let event: Stripe.Event
      try {
        const signature = headers['stripe-signature'] ?? ''
        event = stripe.webhooks.constructEvent(body, signature, secret, SIGNATURE_AGE_MOST_SECONDS)
      } catch {
        return answer(400, 'The signature is not good.')
      }
      const metadata = 'metadata' in event.data.object ? event.data.object.metadata : null
      const { tenant_id: tenantId = '', payment_id: paymentId = '' } = metadata ?? {}
      if (!event.type.startsWith('payment_intent.') || !isUuid(tenantId) || !isUuid(paymentId))
        return answer(200, 'Nothing to do.')
      try {
        const orderId = await hastenOrder(services.database, tenantId, paymentId, services.clock.now())
        if (orderId !== undefined) await recoverOrder(services, tenantId, orderId)
        await workOffNow(services, tenantId, paymentId)
        return answer(200, 'Thank you.')
      } catch (error) {
        services.log.warn({ err: error, paymentId }, 'a webhook could not be taken in')
        return answer(500, 'Please send it again.')
      }
    },
  }
}

function answer(status: number, text: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text }
}
