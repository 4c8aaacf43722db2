import type { Context } from '../context.ts'
import { type TooManyAttempts, tooManyAttempts } from '../domain/problems.ts'
import { byAddress, type ThrottleRule } from '../domain/throttle.ts'
import { admitAttempt, type Counted, forgiveAttempt } from '../store/throttle.ts'

type Reach = Pick<Context, 'database' | 'clock' | 'clientAddress'>

/** What an attempt counts against: the address it came from, if that is known, and whatever else is named. */
export function countedBy(context: Reach, rule: ThrottleRule, key: string): Counted[] {
  const own = { rule, key }
  return context.clientAddress === undefined ? [own] : [{ rule: byAddress, key: context.clientAddress }, own]
}

/**
 * Counts an attempt before it is made, so that any number at once cannot get past the limit. Answers what to tell
 * when there may be none now.
 */
export async function admit(context: Reach, counted: readonly Counted[]): Promise<TooManyAttempts | undefined> {
  for (const one of counted) {
    const wait = await admitAttempt(context.database, one, context.clock.now())
    if (wait > 0) return tooManyAttempts(wait)
  }
  return undefined
}

/** The attempt went well: what it was aimed at starts from nothing, the address loses the one count. */
export async function forgive(context: Reach, counted: readonly Counted[]): Promise<void> {
  for (const one of counted) await forgiveAttempt(context.database, one, one.rule === byAddress ? 'this' : 'all')
}
