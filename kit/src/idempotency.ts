import { LostAgainstAnother } from './database/constraint.ts'
import type { Session } from './database/session.ts'
import { sql } from './database/statement.ts'
import { decodeAnswer, encodeAnswer, type StoredAnswer } from './idempotency-answer.ts'

/** As the type of the graph: this id or key was used before, for something else. */
export interface AlreadyUsedDifferently {
  readonly __typename: 'AlreadyUsedDifferently'
  readonly code: 'ALREADY_USED_DIFFERENTLY'
  readonly message: string
}

/** As the type of the graph: the same request is being carried out at this moment. */
export interface StillInProgress {
  readonly __typename: 'StillInProgress'
  readonly code: 'STILL_IN_PROGRESS'
  readonly message: string
}

export interface OnceRequest<Answer> {
  /** Names the request within its tenant and schema; see idempotencyKeyOf. */
  readonly key: string
  /** What is asked for, such as completeSale. */
  readonly operation: string
  /** What it is asked with; see fingerprintOf. */
  readonly fingerprint: string
  /**
   * Whether an answer is kept for ever. Default: always. An answer that is not kept must have written nothing: asked
   * again, the work is done again.
   */
  readonly keep?: (answer: Answer) => boolean
}

const alreadyUsedDifferently: AlreadyUsedDifferently = {
  __typename: 'AlreadyUsedDifferently',
  code: 'ALREADY_USED_DIFFERENTLY',
  message: 'This id or idempotency key was used before, for something else.',
}

const stillInProgress: StillInProgress = {
  __typename: 'StillInProgress',
  code: 'STILL_IN_PROGRESS',
  message: 'The same request is being carried out at this moment; ask again for its answer.',
}

// The lock is asked for only when there is no answer yet. It names the schema too, because subgraphs of one database
// share its locks; it is held until the transaction ends, and nobody ever waits for it.
const LOOK = sql<{ operation: string | null; fingerprint: string | null; answer: StoredAnswer; claimed: boolean }>(`
  select operation, fingerprint, answer,
    case when operation is null
      then pg_try_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1::uuid::text || ' ' || $2, 0))
      else false end as claimed
  from (select) as one left join request on tenant_id = $1::uuid and key = $2`)

const KEEP = sql(`
  insert into request (tenant_id, key, operation, fingerprint, answer) values ($1, $2, $3, $4, $5::jsonb)
  on conflict do nothing`)

/**
 * Carries out a request once, in the transaction of `session`: the first time it runs the work and keeps its answer;
 * asked again in the same words, it gives that answer, for ever. One statement in front of the work and one behind it.
 */
export async function once<Answer>(
  session: Session,
  request: OnceRequest<Answer>,
  work: () => Promise<Answer>,
): Promise<Answer | AlreadyUsedDifferently | StillInProgress> {
  const { key, operation, fingerprint, keep } = request
  const [found] = await session.query(LOOK, [session.tenantId, key])
  if (!found) throw new Error('A left join from one row gave none')
  if (found.operation !== null) {
    if (found.operation !== operation || found.fingerprint !== fingerprint) return alreadyUsedDifferently
    return decodeAnswer(found.answer) as Answer
  }
  if (!found.claimed) return stillInProgress
  const answer = await work()
  if (keep && !keep(answer)) return answer
  const stored = JSON.stringify(encodeAnswer(answer))
  const kept = await session.execute(KEEP, [session.tenantId, key, operation, fingerprint, stored])
  // another had carried it out between our look and our lock: all of this is undone, and the next try finds its answer
  if (kept === 0) throw new LostAgainstAnother('The same request was carried out at this moment')
  return answer
}
