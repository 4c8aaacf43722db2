import { readEnv } from '@tillgraph/kit/env'
import { z } from 'zod'

const settings = {
  /** How many offline payments are worked off at once, for each processor and process. */
  OFFLINE_CONCURRENCY: z.coerce.number().int().min(1).max(200).default(32),
}

export function readOfflineSettings(source: Readonly<Record<string, string | undefined>>) {
  return { concurrency: readEnv(settings, source).OFFLINE_CONCURRENCY }
}
