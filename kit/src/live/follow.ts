import { refusal } from '../errors.ts'
import { type RequestContext, requireCaller } from '../subgraph/request.ts'
import type { Feed } from './feed.ts'

/** What a subscription asks for of a line of the caller's business. */
export interface Asked<What> {
  readonly lineId: string
  readonly what: What
  /** The version last seen, as the client has sent it; from the beginning where it has sent none. */
  readonly after: number | null | undefined
}

/** Follows a line for as long as the request lasts. Throws BAD_USER_INPUT for a version that there cannot be. */
export function follow<Change, What>(
  feed: Feed<Change, What>,
  context: RequestContext,
  { lineId, what, after }: Asked<What>,
): AsyncIterableIterator<Change> {
  if (after != null && after < 0) throw refusal('BAD_USER_INPUT', 'after must be a version')
  return feed.follow({
    tenantId: requireCaller(context).tenantId,
    lineId,
    what,
    after: after == null ? undefined : BigInt(after),
    signal: context.signal,
  })
}
