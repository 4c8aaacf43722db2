import type { Database } from '@tillgraph/kit/database/session'
import { readEnv, urlSetting } from '@tillgraph/kit/env'
import type Stripe from 'stripe'
import { z } from 'zod'
import { PROCESSOR_TIMEOUT_MS } from '../usecases/money-work.ts'
import type { Processor, Processors } from './processor.ts'
import { createSandbox } from './sandbox.ts'
import { connectStripe, createStripeProcessor } from './stripe.ts'

const percent = z.coerce.number().int().min(0).max(100)

const settings = {
  NODE_ENV: z.string().optional(),
  /** on: payments can be tried without money. Off in production unless it is said. */
  SANDBOX_NETWORK: z.enum(['on', 'off']).optional(),
  SANDBOX_SEED: z.string().max(100).default('tillgraph'),
  SANDBOX_TIMEOUT_PERCENT: percent.default(0),
  SANDBOX_LATE_PERCENT: percent.default(0),
  SANDBOX_LOSE_PERCENT: percent.default(0),
  SANDBOX_ANSWER_MS: z.coerce.number().int().min(0).max(5_000).default(0),
  SANDBOX_LATE_BY_MS: z.coerce.number().int().min(1).max(60_000).default(800),
  STRIPE_SECRET_KEY: z.string().min(8).max(255).optional(),
  /** What Stripe signs its webhooks with; without it none are taken. */
  STRIPE_WEBHOOK_SECRET: z.string().min(8).max(255).optional(),
  STRIPE_API_URL: urlSetting('http', 'https').optional(),
}

export interface ProcessorsSetUp {
  readonly processors: Processors
  readonly stripe: { readonly client: Stripe; readonly webhookSecret: string | undefined } | undefined
}

/** Sets up the processors that the environment names; the first one carries out what names nobody. */
export function setUpProcessors(
  database: Database,
  source: Readonly<Record<string, string | undefined>>,
): ProcessorsSetUp {
  const env = readEnv(settings, source)
  const all: Processor[] = []
  const stripe =
    env.STRIPE_SECRET_KEY === undefined
      ? undefined
      : connectStripe({
          secretKey: env.STRIPE_SECRET_KEY,
          apiUrl: env.STRIPE_API_URL === undefined ? undefined : new URL(env.STRIPE_API_URL),
          timeoutMs: PROCESSOR_TIMEOUT_MS,
        })
  if (stripe) all.push(createStripeProcessor(stripe))
  if ((env.SANDBOX_NETWORK ?? (env.NODE_ENV === 'production' ? 'off' : 'on')) === 'on')
    all.push(
      createSandbox(database, {
        seed: env.SANDBOX_SEED,
        timeoutPercent: env.SANDBOX_TIMEOUT_PERCENT,
        latePercent: env.SANDBOX_LATE_PERCENT,
        losePercent: env.SANDBOX_LOSE_PERCENT,
        lateByMs: env.SANDBOX_LATE_BY_MS,
        answerMs: env.SANDBOX_ANSWER_MS,
      }),
    )
  const byName = new Map(all.map(processor => [processor.name, processor]))
  return {
    processors: { standard: all[0]?.name, names: [...byName.keys()], find: name => byName.get(name) },
    stripe: stripe && { client: stripe, webhookSecret: env.STRIPE_WEBHOOK_SECRET },
  }
}
