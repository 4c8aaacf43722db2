import { ENDED_SESSION_KEEP_SECONDS } from '@tillgraph/kit/access/ended-sessions'
import type { HttpRoute } from '@tillgraph/kit/graph-request'
import type { Services } from '../services.ts'
import { endedSessionsSince } from '../store/ended-sessions.ts'

const ENDED_MOST = 50_000

/**
 * GET /.well-known/ended-sessions: the ids of sign-ins that ended while access tokens of theirs may still live, for
 * processes that were not told. `?seconds=60` asks for those of the last minute only. An id says nothing of whose
 * sign-in it was.
 */
export function endedSessions({ database, clock }: Services): HttpRoute {
  return {
    method: 'GET',
    path: '/.well-known/ended-sessions',
    async handle({ search }) {
      const asked = Number(new URLSearchParams(search).get('seconds') ?? ENDED_SESSION_KEEP_SECONDS)
      const seconds = asked > 0 && asked < ENDED_SESSION_KEEP_SECONDS ? asked : ENDED_SESSION_KEEP_SECONDS
      const since = new Date(clock.now().getTime() - seconds * 1_000)
      return {
        status: 200,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify({ sessions: await endedSessionsSince(database, since, ENDED_MOST) }),
      }
    },
  }
}
