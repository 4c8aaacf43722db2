import { isUuid } from '@tillgraph/rules/uuid'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Bus } from '../events/bus.ts'
import type { Logger } from '../log.ts'
import type { EndedSessions } from './access-token.ts'
import { ACCESS_TOKEN_LIFE_SECONDS } from './token-claims.ts'

/** Where identity tells which sign-ins have ended: their ids, with commas between them. */
export const SESSIONS_ENDED_CHANNEL = 'sessions-ended'

const IDS_PER_MESSAGE = 100
const KNOWN_MOST = 100_000
const ASK_EVERY_MS = 1_000
/** Asked for again each time: a sign-in's end bears the time of its statement, and is seen only once that is committed. */
const ASK_OVERLAP_SECONDS = 60
const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 30_000
/** As long as an access token of an ended sign-in may live, and a minute for clocks that differ. */
export const ENDED_SESSION_KEEP_SECONDS = ACCESS_TOKEN_LIFE_SECONDS + 60

/** Tells every process that these sign-ins have ended. */
export async function tellSessionsEnded(bus: Pick<Bus, 'publish'>, sessionIds: readonly string[]): Promise<void> {
  for (let from = 0; from < sessionIds.length; from += IDS_PER_MESSAGE)
    await bus.publish(SESSIONS_ENDED_CHANNEL, sessionIds.slice(from, from + IDS_PER_MESSAGE).join(','))
}

/** Remembers which sign-ins have ended, for as long as an access token of theirs could be good. */
export interface KnownEndedSessions extends EndedSessions {
  close(): Promise<void>
}

/**
 * Listens for sign-ins that end. `recent` asks identity which ones have ended lately: at the start, and whenever
 * signals may have been missed. While it cannot be asked it is asked again, half a minute apart at the most; until then
 * tokens of sign-ins that nothing was heard of live for their ten minutes.
 */
export async function listenForEndedSessions(options: {
  readonly bus: Bus
  readonly clock: Clock
  readonly recent: () => Promise<readonly string[]>
}): Promise<KnownEndedSessions> {
  const { bus, clock } = options
  const { remember, has } = rememberEnded(clock)
  let retry: NodeJS.Timeout | undefined
  let closed = false
  async function catchUp(tried = 0): Promise<void> {
    clearTimeout(retry)
    try {
      remember(await options.recent())
    } catch {
      const wait = Math.min(RETRY_FIRST_MS * 2 ** Math.min(tried, 20), RETRY_MOST_MS)
      if (!closed) retry = setTimeout(() => void catchUp(tried + 1), wait)
    }
  }
  const stop = await bus.listen(SESSIONS_ENDED_CHANNEL, message => remember(message.split(',')))
  const stopGaps = bus.onGap(() => void catchUp())
  await catchUp()
  return {
    has,
    async close() {
      closed = true
      clearTimeout(retry)
      stopGaps()
      await stop()
    },
  }
}

/**
 * Asks identity every second which sign-ins have ended, for a process that has no bus: a gateway, which is given
 * neither a database nor its secrets. `recent` is asked for those of so many seconds.
 */
export async function askForEndedSessions(options: {
  readonly clock: Clock
  readonly recent: (seconds: number) => Promise<readonly string[]>
  readonly log: Logger
}): Promise<KnownEndedSessions> {
  const { clock, recent, log } = options
  const { remember, has } = rememberEnded(clock)
  let answeredAt: number | undefined
  let failures = 0
  let next: NodeJS.Timeout | undefined
  let closed = false
  async function ask(): Promise<void> {
    const now = clock.now().getTime()
    const missed = answeredAt === undefined ? ENDED_SESSION_KEEP_SECONDS : Math.ceil((now - answeredAt) / 1_000)
    try {
      remember(await recent(Math.min(missed + ASK_OVERLAP_SECONDS, ENDED_SESSION_KEEP_SECONDS)))
      answeredAt = now
      if (failures > 0) log.info('identity tells again which sign-ins have ended')
      failures = 0
    } catch (error) {
      if (failures === 0) log.warn({ err: error }, 'identity cannot be asked which sign-ins have ended')
      failures++
    }
    if (!closed) next = setTimeout(() => void ask(), ASK_EVERY_MS)
  }
  await ask()
  return {
    has,
    async close() {
      closed = true
      clearTimeout(next)
    },
  }
}

function rememberEnded(clock: Clock): EndedSessions & { remember(ids: readonly string[]): void } {
  const known = new LRUCache<string, number>({ max: KNOWN_MOST })
  return {
    has: id => (known.get(id) ?? 0) > clock.now().getTime(),
    remember(ids) {
      const until = clock.now().getTime() + ENDED_SESSION_KEEP_SECONDS * 1_000
      for (const id of ids) if (isUuid(id)) known.set(id, until)
    },
  }
}
