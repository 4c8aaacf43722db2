import { setTimeout as sleep } from 'node:timers/promises'
import type { Payment } from '../domain/payment.ts'
import {
  ask,
  type Captured,
  type Charge,
  type Declined,
  type None,
  type Processor,
  type Unknown,
} from '../processors/processor.ts'
import type { Services } from '../services.ts'
import { loadPayments, rememberReference } from '../store/payments.ts'
import { LOOK_UP_PAUSE_MS, LOOK_UPS_AT_ONCE, PROCESSOR_TIMEOUT_MS } from './money-work.ts'

export function chargeOf(tenantId: string, payment: Payment): Charge {
  const { id, reference, amount, tip, currency } = payment
  return { tenantId, id, reference, amount: amount + tip, currency }
}

/** Who carries out a payment. One that is not set up any more can say nothing. */
export function processorOf(services: Services, payment: Payment): Processor | undefined {
  return payment.processor === null ? undefined : services.processors.find(payment.processor)
}

/** Sends a charge once. When the answer stays out, it is looked up, and never sent again. */
export async function chargeOnce(
  services: Services,
  tenantId: string,
  payment: Payment,
  token: string,
): Promise<Captured | Declined | Unknown> {
  const processor = processorOf(services, payment)
  if (!processor) return { outcome: 'UNKNOWN' }
  let reference = payment.reference
  const remember = async (given: string) => {
    reference = given
    return rememberReference(services.database, tenantId, payment.id, given)
  }
  const sent = await ask(
    PROCESSOR_TIMEOUT_MS,
    () => processor.charge(chargeOf(tenantId, payment), token, remember),
    failedAt(services, payment, 'a charge was not answered'),
  )
  if (sent.outcome !== 'UNKNOWN') return sent
  for (let looked = 0; looked < LOOK_UPS_AT_ONCE; looked++) {
    await sleep(LOOK_UP_PAUSE_MS)
    const found = await lookUpCharge(services, tenantId, { ...payment, reference })
    if (found.outcome === 'CAPTURED' || found.outcome === 'DECLINED') return found
  }
  // nothing there yet is no proof that nothing will be
  return { outcome: 'UNKNOWN' }
}

export async function lookUpCharge(
  services: Services,
  tenantId: string,
  payment: Payment,
): Promise<Captured | Declined | None | Unknown> {
  const processor = processorOf(services, payment)
  if (!processor) return { outcome: 'UNKNOWN' }
  return ask(
    PROCESSOR_TIMEOUT_MS,
    () => processor.lookUp(chargeOf(tenantId, payment)),
    failedAt(services, payment, 'a charge could not be looked up'),
  )
}

/** Whether a payment is undone at its processor; what it is called there is read anew first. */
export async function voidCharge(services: Services, tenantId: string, paymentId: string): Promise<boolean> {
  const [payment] = await loadPayments(services.database, tenantId, [paymentId])
  const processor = payment && processorOf(services, payment)
  if (!payment || !processor) return false
  const voided = await ask(
    PROCESSOR_TIMEOUT_MS,
    () => processor.void(chargeOf(tenantId, payment)),
    failedAt(services, payment, 'a charge could not be voided'),
  )
  return voided.outcome === 'VOIDED'
}

export function failedAt(services: Services, payment: Payment, what: string): (error: unknown) => void {
  return error => services.log.warn({ err: error, paymentId: payment.id, processor: payment.processor }, what)
}
