import type { Clock } from '@tillgraph/kit/clock'
import type { Bus } from '@tillgraph/kit/events/bus'
import type { Logger } from '@tillgraph/kit/log'
import type { SigningKeys } from '../access/signing-keys.ts'
import { LOCK_SECONDS } from '../domain/throttle.ts'
import type { Services } from '../services.ts'
import { forgetSessions, type RelayPool } from '../store/forget-sessions.ts'
import { sweepAttempts } from '../store/throttle.ts'

/** How often each process looks; whichever comes first does the work, and the others find it done. */
const LOOK_MS = 600_000
/** Processes that were started together do not look together. */
const SPREAD_MS = 60_000
/** How long a sign-in stays on record after it was over. */
const FORGET_SESSIONS_MS = 7 * 86_400_000

export const SIGNING_KEYS_CHANNEL = 'signing-keys'

export interface Care {
  /** Does what is due now: turns the signing keys, forgets what counts no more. */
  look(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** What must be done again and again, on every process of identity, without a queue: the database says what is due. */
export function createCare(options: {
  readonly database: Services['database']
  readonly relay: RelayPool
  readonly keys: SigningKeys
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Logger
}): Care {
  const { database, relay, keys, bus, clock, log } = options
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let stopListening: (() => Promise<void>) | undefined

  async function look(): Promise<void> {
    const now = clock.now().getTime()
    if (await keys.turn()) {
      log.info('the signing keys were turned')
      await bus.publish(SIGNING_KEYS_CHANNEL, 'turned')
    }
    await sweepAttempts(database, new Date(now - LOCK_SECONDS * 1_000))
    await forgetSessions(relay, new Date(now - FORGET_SESSIONS_MS))
  }

  function lookAgain(): void {
    timer = setTimeout(
      () => {
        looking = look()
          .catch(error => log.warn({ err: error }, 'care could not be taken; it is tried again'))
          .finally(() => timer && lookAgain())
      },
      LOOK_MS + Math.random() * SPREAD_MS,
    )
    timer.unref()
  }

  return {
    look,
    async start() {
      stopListening = await bus.listen(SIGNING_KEYS_CHANNEL, () => keys.forget())
      await look()
      lookAgain()
    },
    async stop() {
      clearTimeout(timer)
      timer = undefined
      await looking
      await stopListening?.()
      await relay.end()
    },
  }
}
