import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { type AlreadyUsedDifferently, once, type StillInProgress } from '@tillgraph/kit/idempotency'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import type { Work } from '../services.ts'

/** What a use case answers with: a member of its union. */
export interface Answer {
  readonly __typename: string
}

/** A change as it was asked for. */
export interface Asked {
  readonly info: Pick<GraphQLResolveInfo, 'fieldName' | 'path'>
  /** The id that the client made for what is to be, which is the request's name for ever. */
  readonly named?: string | null | undefined
  /** What is asked for; two requests of one name that differ in it are two requests. Never a password. */
  readonly content: object
}

/** What is answered when a unique index refuses a change, by the name of the index. */
export type Taken = Readonly<Record<string, () => unknown>>

type RefusedBy<Names extends Taken> = ReturnType<Names[keyof Names]>

/**
 * Runs a change in one transaction of the caller's tenant: once for all times when the request has a name (an id that
 * the client made, or an Idempotency-Key). Only what went well is kept; a refusal has written nothing.
 */
export async function change<Given extends Answer, Names extends Taken = Record<never, never>>(
  context: Context,
  asked: Asked,
  work: (work: Work) => Promise<Given>,
  taken?: Names,
): Promise<Given | RefusedBy<Names> | AlreadyUsedDifferently | StillInProgress> {
  const key = idempotencyKeyOf(context, asked.info, asked.named)
  return changeOf<Given | AlreadyUsedDifferently | StillInProgress, Names>(
    context,
    requireCaller(context).tenantId,
    session => {
      if (key === undefined) return work(session)
      const fingerprint = context.keyed(fingerprintOf(asked.content))
      const request = { key, operation: asked.info.fieldName, fingerprint, keep: wentWell }
      return once<Given>(session, request, () => work(session))
    },
    taken,
  )
}

/** One transaction of a tenant, be it the caller's or one that is signed up or signed in to at this moment. */
export async function changeOf<Given, Names extends Taken = Record<never, never>>(
  context: Pick<Context, 'database'>,
  tenantId: string,
  work: (work: Work) => Promise<Given>,
  taken?: Names,
): Promise<Given | RefusedBy<Names>> {
  try {
    return await context.database.write(tenantId, work)
  } catch (error) {
    const constraint = violatedConstraint(error)
    const refused = constraint === undefined ? undefined : taken?.[constraint]
    if (refused) return refused() as RefusedBy<Names>
    throw error
  }
}

function wentWell(answer: Answer): boolean {
  return answer.__typename.endsWith('Success')
}
