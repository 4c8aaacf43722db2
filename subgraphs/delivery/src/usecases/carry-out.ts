import type { Session } from '@tillgraph/kit/database/session'
import { type AlreadyUsedDifferently, once, type StillInProgress } from '@tillgraph/kit/idempotency'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import type { Context } from '../context.ts'

/** Something asked for, and the key under which it is carried out once, where there is one. */
export interface Request {
  readonly operation: string
  readonly key: string | undefined
  /** What is asked, but for ids that the server would make. */
  readonly content: unknown
}

/**
 * One transaction of the caller's tenant. With a key, a success is kept and given again to whoever asks the same; a
 * problem leaves nothing, so that it can be tried again.
 */
export function carryOut<Answer extends { readonly __typename: string }>(
  context: Context,
  request: Request,
  work: (session: Session<PrismaClient>) => Promise<Answer>,
): Promise<Answer | AlreadyUsedDifferently | StillInProgress> {
  const { operation, key, content } = request
  return context.database.write(requireCaller(context).tenantId, session => {
    if (key === undefined) return work(session)
    const asked = {
      key,
      operation,
      fingerprint: fingerprintOf(content),
      keep: (answer: Answer) => answer.__typename.endsWith('Success'),
    }
    return once(session, asked, () => work(session))
  })
}
