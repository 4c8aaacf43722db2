import type { EndedSessions } from '../access/access-token.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type Bus, signal } from './bus.ts'

const CHANNEL = 'sessions-ended'
/** As long as an access token lives, and a minute for clocks that differ. */
const REMEMBERED_MS = 11 * 60_000
const REMEMBERED_MOST = 100_000
const RELOAD_RETRY_FIRST_MS = 500
const RELOAD_RETRY_MOST_MS = 30_000
const SESSION_ID = /^[0-9a-f-]{36}$/

export interface EndedSessionsOptions {
  readonly bus: Bus
  /** The sign-ins that ended within the last 11 minutes; asked at the start and whenever signals may have been missed. */
  readonly recent: () => Promise<readonly string[]>
  readonly clock: Clock
  readonly log: Logger
}

export interface KeptEndedSessions extends EndedSessions {
  /** Ends a sign-in here at once, and everywhere else as soon as the bus has told it. */
  end(sessionId: string): void
  close(): Promise<void>
}

/** Knows the sign-ins that ended before their tokens ran out, so that such a token is refused within moments. */
export async function keepEndedSessions(options: EndedSessionsOptions): Promise<KeptEndedSessions> {
  const { bus, recent, clock, log } = options
  /** When each is forgotten, in the order in which they are. */
  const ended = new Map<string, number>()
  let closed = false
  let retry: NodeJS.Timeout | undefined

  function remember(sessionId: string): void {
    if (!SESSION_ID.test(sessionId)) return
    const now = clock.now().getTime()
    ended.delete(sessionId)
    ended.set(sessionId, now + REMEMBERED_MS)
    for (const [oldest, until] of ended) {
      if (until > now && ended.size <= REMEMBERED_MOST) break
      ended.delete(oldest)
    }
  }

  async function reload(tried: number): Promise<void> {
    clearTimeout(retry)
    try {
      for (const sessionId of await recent()) remember(sessionId)
    } catch (error) {
      if (closed) return
      log.warn({ err: error, tried }, 'the sign-ins that have ended cannot be read')
      const delay = Math.min(RELOAD_RETRY_FIRST_MS * 2 ** Math.min(tried, 20), RELOAD_RETRY_MOST_MS)
      retry = setTimeout(() => reload(tried + 1), delay)
    }
  }

  const leave = await bus.listen(CHANNEL, remember)
  const ignoreGaps = bus.onGap(() => {
    reload(0)
  })
  await reload(0)

  return {
    has(sessionId) {
      const until = ended.get(sessionId)
      return until !== undefined && until > clock.now().getTime()
    },
    end(sessionId) {
      remember(sessionId)
      signal(bus, log, CHANNEL, sessionId)
    },
    async close() {
      closed = true
      clearTimeout(retry)
      ignoreGaps()
      await leave()
    },
  }
}
