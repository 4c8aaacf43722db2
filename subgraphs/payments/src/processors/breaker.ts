import type { Clock } from '@tillgraph/kit/clock'

/** Answers that are looked back upon. */
const WINDOW_ANSWERS = 20
/** Of those, as many without an outcome open the breaker. */
const FAILURES_MOST = 12
const OPEN_FIRST_MS = 5_000
const OPEN_MOST_MS = 120_000

/**
 * Keeps work from a processor that does not answer. It opens when most of the last answers stayed out, lets one request
 * through after a while, and closes when that is answered; else it stays open for twice as long. Of one process: each
 * finds out by itself, which costs a processor that is down a handful of requests.
 */
export interface Breaker {
  /** How long to wait before asking; 0 where it may be asked now. Whoever is told 0 must tell the answer. */
  waitMs(): number
  answered(): void
  unanswered(): void
  state(): 'CLOSED' | 'OPEN' | 'TRYING'
}

export function createBreaker(clock: Clock): Breaker {
  let recent: boolean[] = []
  let openForMs = 0
  let openUntil = 0
  let trying = false

  function open(): void {
    openForMs = openForMs === 0 ? OPEN_FIRST_MS : Math.min(openForMs * 2, OPEN_MOST_MS)
    openUntil = clock.now().getTime() + openForMs
    trying = false
  }

  function note(good: boolean): void {
    recent.push(good)
    if (recent.length > WINDOW_ANSWERS) recent.shift()
  }

  return {
    waitMs() {
      if (openForMs === 0) return 0
      const left = openUntil - clock.now().getTime()
      if (left > 0) return left
      // one at a time, until it is answered; should its answer never be told, the next may try after as long again
      openUntil = clock.now().getTime() + openForMs
      trying = true
      return 0
    },
    answered() {
      note(true)
      if (openForMs === 0) return
      recent = []
      openForMs = 0
      trying = false
    },
    unanswered() {
      note(false)
      if (openForMs > 0) {
        // those that were under way when it opened say nothing new
        if (trying) open()
      } else if (recent.filter(good => !good).length >= FAILURES_MOST) {
        recent = []
        open()
      }
    },
    state: () => (openForMs === 0 ? 'CLOSED' : trying ? 'TRYING' : 'OPEN'),
  }
}
