import type { Database, Session } from '../database/session.ts'
import { type AlreadyUsedDifferently, once, type StillInProgress } from '../idempotency.ts'
import { fingerprintOf } from '../idempotency-fingerprint.ts'
import { type RequestContext, requireCaller } from './request.ts'

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
export function carryOut<Prisma, Answer extends { readonly __typename: string }>(
  context: Pick<RequestContext, 'caller'> & { readonly database: Database<Prisma> },
  request: Request,
  work: (session: Session<Prisma>) => Promise<Answer>,
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
