import { type AlreadyUsedDifferently, once, type StillInProgress } from '@tillgraph/kit/idempotency'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context, Work } from '../context.ts'
import { beginChange, type Change } from '../store/change.ts'

/** What a use case answers with: a member of its union. */
export interface Answer {
  readonly __typename: string
}

/** A change as it was asked for. */
export interface Asked {
  readonly info: Pick<GraphQLResolveInfo, 'fieldName' | 'path'>
  /** The id that the client made for what is to be, which is the request's name for ever. */
  readonly named?: string | null | undefined
  /** What is asked for; two requests of one name that differ in it are two requests. */
  readonly content: object
}

/**
 * Runs a change of the catalogue in one transaction, one at a time for a business; once for all times when the request
 * has a name (an id that the client made, or an Idempotency-Key). Only what went well is kept; a refusal has written
 * nothing.
 */
export function change<Given extends Answer>(
  context: Context,
  asked: Asked,
  run: (work: Work, change: Change) => Promise<Given>,
): Promise<Given | AlreadyUsedDifferently | StillInProgress> {
  const key = idempotencyKeyOf(context, asked.info, asked.named)
  return changeAlways<Given | AlreadyUsedDifferently | StillInProgress>(context, (work, begun) => {
    if (key === undefined) return run(work, begun)
    const fingerprint = fingerprintOf(asked.content)
    return once<Given>(work, { key, operation: asked.info.fieldName, fingerprint, keep: wentWell }, () =>
      run(work, begun),
    )
  })
}

/** As change, for what has the same effect however often it is asked for. */
export function changeAlways<Given>(
  context: Context,
  run: (work: Work, change: Change) => Promise<Given>,
): Promise<Given> {
  const { database, clock, makeId, tenantId } = context
  return database.write(tenantId, async work =>
    run(work, { number: await beginChange(work), now: clock.now(), makeId }),
  )
}

export function wentWell(answer: Answer): boolean {
  return answer.__typename.endsWith('Success')
}
