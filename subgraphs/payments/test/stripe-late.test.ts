import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Charge } from '../src/processors/processor.ts'
import { connectStripe, createStripeProcessor } from '../src/processors/stripe.ts'
import { startFakeStripe } from './fake-stripe.ts'

const CREATE = 'POST /v1/payment_intents'
const CONFIRM = 'POST /v1/payment_intents/:id/confirm'

let stripe: Awaited<ReturnType<typeof startFakeStripe>>
let processor: ReturnType<typeof createStripeProcessor>
let reference: string | null

beforeAll(async () => {
  stripe = await startFakeStripe()
  processor = createStripeProcessor(
    connectStripe({ secretKey: 'sk_test_nothing', apiUrl: new URL(stripe.url), timeoutMs: 5_000 }),
  )
})
afterAll(() => stripe.stop())
beforeEach(() => {
  stripe.intents.clear()
  reference = null
})

const remember = async (given: string) => {
  reference = given
  return true
}
const id = randomUUID()
const charge = (): Charge => ({ tenantId: randomUUID(), id, reference, amount: 1_000n, currency: 'CHF' })
const charged = () => [...stripe.intents.values()].filter(({ status }) => status === 'succeeded').length

test('a charge whose answer was lost is found days later, when Stripe has forgotten our keys', async () => {
  stripe.lose.add(CONFIRM)
  await expect(processor.charge(charge(), 'pm_good', remember)).rejects.toThrow()
  stripe.forgetKeys()
  expect(await processor.lookUp(charge())).toMatchObject({ outcome: 'CAPTURED', reference })
  // even who sends it again charges nothing, and learns nothing that would count as a refusal
  await expect(processor.charge(charge(), 'pm_good', remember)).rejects.toThrow()
  expect([stripe.intents.size, charged()]).toEqual([1, 1])
})

test('an intent that was never confirmed is confirmed days later, and no other is made', async () => {
  await expect(
    processor.charge(charge(), 'pm_good', async given => {
      await remember(given)
      throw new Error('The worker dies here')
    }),
  ).rejects.toThrow()
  stripe.forgetKeys()
  expect(await processor.lookUp(charge())).toEqual({ outcome: 'NONE' })
  expect(await processor.charge(charge(), 'pm_good', remember)).toMatchObject({ outcome: 'CAPTURED' })
  expect([stripe.intents.size, charged()]).toEqual([1, 1])
})

test('an intent whose making was not heard of charges nothing, and another takes its place', async () => {
  stripe.lose.add(CREATE)
  await expect(processor.charge(charge(), 'pm_good', remember)).rejects.toThrow()
  stripe.forgetKeys()
  expect(await processor.lookUp(charge())).toEqual({ outcome: 'NONE' })
  expect(await processor.charge(charge(), 'pm_good', remember)).toMatchObject({ outcome: 'CAPTURED' })
  expect([stripe.intents.size, charged()]).toEqual([2, 1])
})
