import { tellSessionsEnded } from '@tillgraph/kit/access/ended-sessions'
import { sessionEnded } from '@tillgraph/kit/events/identity'
import { writeEvents } from '@tillgraph/kit/events/outbox'
import type { EndReason } from '../domain/session.ts'
import type { Services, Work } from '../services.ts'
import { type EndedSession, markSessionsEnded, type WhichSessions } from '../store/session.ts'

const EVENTS_AT_ONCE = 500

/**
 * Ends sign-ins: their refresh tokens are good for nothing from the commit on, and once it is done every process is
 * told, so that their access tokens are refused before they run out.
 */
export async function endSessions(
  services: Pick<Services, 'clock' | 'bus' | 'makeId' | 'log'>,
  work: Work,
  which: WhichSessions,
  reason: EndReason,
): Promise<readonly EndedSession[]> {
  const now = services.clock.now()
  const ended = await markSessionsEnded(work, which, reason, now)
  for (let from = 0; from < ended.length; from += EVENTS_AT_ONCE)
    await writeEvents(
      work,
      ended
        .slice(from, from + EVENTS_AT_ONCE)
        .map(({ id, userId }) =>
          sessionEnded.of(id, { sessionId: id, userId, reason, endedAt: now }, services.makeId()),
        ),
    )
  if (ended.length > 0)
    work.afterCommit(() => {
      tellSessionsEnded(
        services.bus,
        ended.map(({ id }) => id),
      ).catch(error => services.log.warn({ err: error }, 'could not tell others that sign-ins have ended'))
    })
  return ended
}
