import { readEnv } from '@tillgraph/kit/env'
import { z } from 'zod'
import { KEY_AGE_MOST_DAYS } from './access/signing-keys.ts'

const shape = {
  /** Who gives out access tokens, and for whom; every process that reads them must be told the same. */
  TOKEN_ISSUER: z.string().min(1).max(200).default('https://tillgraph.local'),
  TOKEN_AUDIENCE: z.string().min(1).max(200).default('tillgraph'),
  /** What the private parts of the signing keys are sealed with in the database. Without it they are lost. */
  IDENTITY_KEY_SECRET: z.string().min(32, 'must be at least 32 characters'),
  /** After how many days access tokens are signed with the next key. */
  SIGNING_KEY_DAYS: z.coerce.number().int('must be a whole number').min(1).max(365).default(KEY_AGE_MOST_DAYS),
}

/** What identity is told by its environment. Throws naming every fault at once. */
export function readSettings(env: Readonly<Record<string, string | undefined>>) {
  return readEnv(shape, env)
}
