import { tellSessionsEnded } from '@tillgraph/kit/access/ended-sessions'
import type { Services, Work } from '../services.ts'
import { endPartnerSessions } from '../store/partner.ts'

/**
 * A partner's access tokens are refused from the commit on, and what it follows ends: all of them when it is sent away
 * or may do less, or those of secrets that stop at this moment.
 */
export async function stopPartnerTokens(
  services: Pick<Services, 'bus' | 'log'>,
  work: Work,
  partnerId: string,
  now: Date,
  which: Parameters<typeof endPartnerSessions>[3],
): Promise<void> {
  const ended = await endPartnerSessions(work, partnerId, now, which)
  if (ended.length === 0) return
  work.afterCommit(() => {
    tellSessionsEnded(services.bus, ended).catch(error =>
      services.log.warn({ err: error }, 'could not tell others that tokens of a partner are good no more'),
    )
  })
}
