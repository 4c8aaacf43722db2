import type { Database } from '@tillgraph/kit/database/session'
import { readEnv } from '@tillgraph/kit/env'
import { z } from 'zod'
import type { Processor, Processors } from './processor.ts'
import { createSandbox } from './sandbox.ts'

const percent = z.coerce.number().int().min(0).max(100)

const settings = {
  NODE_ENV: z.string().optional(),
  /** on: payments can be tried without money. Off in production unless it is said. */
  SANDBOX_NETWORK: z.enum(['on', 'off']).optional(),
  SANDBOX_SEED: z.string().max(100).default('tillgraph'),
  SANDBOX_TIMEOUT_PERCENT: percent.default(0),
  SANDBOX_LATE_PERCENT: percent.default(0),
  SANDBOX_LOSE_PERCENT: percent.default(0),
  SANDBOX_LATE_BY_MS: z.coerce.number().int().min(1).max(60_000).default(800),
}

/** Sets up the processors that the environment names. */
export function createProcessors(
  database: Database,
  source: Readonly<Record<string, string | undefined>>,
  others: readonly Processor[] = [],
): Processors {
  const env = readEnv(settings, source)
  const all = [...others]
  if ((env.SANDBOX_NETWORK ?? (env.NODE_ENV === 'production' ? 'off' : 'on')) === 'on')
    all.push(
      createSandbox(database, {
        seed: env.SANDBOX_SEED,
        timeoutPercent: env.SANDBOX_TIMEOUT_PERCENT,
        latePercent: env.SANDBOX_LATE_PERCENT,
        losePercent: env.SANDBOX_LOSE_PERCENT,
        lateByMs: env.SANDBOX_LATE_BY_MS,
      }),
    )
  const byName = new Map(all.map(processor => [processor.name, processor]))
  return { standard: all[0]?.name, find: name => byName.get(name) }
}
