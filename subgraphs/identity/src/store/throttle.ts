import { createHash } from 'node:crypto'
import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { LOCK_SECONDS, type ThrottleRule } from '../domain/throttle.ts'

/** What is counted lies in 2^23 places at the most, so that no number of invented names can fill the disk. */
const BUCKET_BITS = 23

const ADMIT = sql<{ wait: number }>('select throttle_admit($1, $2, $3, $4, $5) as wait')
const FORGIVE = sql('select throttle_forgive($1, $2)')
const SWEEP = sql('select throttle_sweep($1)')

type Reach = Pick<Database, 'beforeTenant'>

/** What an attempt counts against. */
export interface Counted {
  readonly rule: ThrottleRule
  readonly key: string
}

/** Counts an attempt before it is made. Answers 0, or for how many seconds there may be none. */
export async function admitAttempt(database: Reach, { rule, key }: Counted, now: Date): Promise<number> {
  const values = [bucketOf(rule, key), now, rule.free, rule.most, LOCK_SECONDS]
  const [row] = await database.beforeTenant(ADMIT, values)
  return row?.wait ?? LOCK_SECONDS
}

/** Takes back what admitAttempt counted: this attempt, or all there were. */
export async function forgiveAttempt(database: Reach, { rule, key }: Counted, what: 'this' | 'all'): Promise<void> {
  await database.beforeTenant(FORGIVE, [bucketOf(rule, key), what === 'all'])
}

export async function sweepAttempts(database: Reach, before: Date): Promise<void> {
  await database.beforeTenant(SWEEP, [before])
}

function bucketOf(rule: ThrottleRule, key: string): number {
  const hash = createHash('sha256')
    .update(JSON.stringify([rule.kind, key]))
    .digest()
  return hash.readUInt32BE(0) >>> (32 - BUCKET_BITS)
}
