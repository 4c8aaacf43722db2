import { ENDED_SESSION_KEEP_SECONDS } from '@tillgraph/kit/access/ended-sessions'
import type { HttpRoute } from '@tillgraph/kit/graph-request'
import type { Services } from '../services.ts'
import { endedSessionsSince } from '../store/ended-sessions.ts'

const ENDED_MOST = 50_000

/**
 * GET /.well-known/ended-sessions: the ids of sign-ins that ended while access tokens of theirs may still live, for
 * processes that were away when they were told. An id says nothing of whose sign-in it was.
 */
export function endedSessions({ database, clock }: Services): HttpRoute {
  return {
    method: 'GET',
    path: '/.well-known/ended-sessions',
    async handle() {
      const since = new Date(clock.now().getTime() - ENDED_SESSION_KEEP_SECONDS * 1_000)
      return {
        status: 200,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify({ sessions: await endedSessionsSince(database, since, ENDED_MOST) }),
      }
    },
  }
}
