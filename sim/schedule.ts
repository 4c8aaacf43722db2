import type { Clock } from '@tillgraph/kit/clock'
import { createHeap } from './heap.ts'
import type { Random } from './random.ts'

/** Thrown where whoever runs dies at this moment. Nobody may take it for an answer. */
export class Crash extends Error {
  override name = 'Crash'
}

/**
 * Time and order of a simulated world. Tasks run as ordinary promises; wherever one pauses, another may go on, chosen
 * by the seed, and time may pass. Nothing in it depends on the real clock, so that a seed replays identically.
 */
export interface Schedule {
  readonly clock: Clock
  /** Epoch milliseconds. */
  now(): number
  /** Lets others run, for a while that the seed decides. */
  pause(): Promise<void>
  /** Goes on when so much time has passed. */
  sleep(milliseconds: number): Promise<void>
  /** Starts something that others may interrupt. It may die of a Crash; any other error ends the simulation. */
  spawn(task: () => Promise<void>): void
  /** Runs all tasks up to a moment. */
  runUntil(moment: number): Promise<void>
  /** Runs until no task is left. Throws when that takes longer than until this moment. */
  runOut(moment: number): Promise<void>
  /** How often somebody was let run; a figure of how a world went. */
  readonly steps: number
}

/** A little time passes at one of so many steps, so that leases run out under whoever is slow. */
const STEPS_PER_TICK = 12
const TICK_MOST_MS = 20_000

interface Sleeper {
  readonly at: number
  readonly order: number
  readonly wake: () => void
}

export function createSchedule(random: Random, startsAt: number): Schedule {
  let now = startsAt
  let steps = 0
  let order = 0
  let running = 0
  let failure: unknown
  const parked: (() => void)[] = []
  const sleepers = createHeap<Sleeper>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order))

  function wakeSleepers(): void {
    for (;;) {
      const next = sleepers.first()
      if (next === undefined || next.at > now) return
      sleepers.takeFirst()
      parked.push(next.wake)
    }
  }

  function wakeOne(): void {
    const index = random.below(parked.length)
    const chosen = parked[index]
    const last = parked.pop()
    if (chosen === undefined || last === undefined) return
    if (index < parked.length) parked[index] = last
    steps += 1
    chosen()
  }

  /** Lets one go on; false when nobody has anything to do up to a moment. */
  function step(moment: number, untilNobodyIsLeft: boolean): boolean {
    while (now < moment || parked.length > 0) {
      wakeSleepers()
      if (parked.length > 0) {
        wakeOne()
        return true
      }
      const next = sleepers.first()
      if (next === undefined && untilNobodyIsLeft) return false
      now = Math.min(moment, next?.at ?? moment)
      if (next === undefined || next.at > moment) return false
    }
    return false
  }

  /**
   * Step behind step. Between two of them the one who was let go on runs until it pauses: all that tasks await of each
   * other are promises.
   */
  function run(moment: number, untilNobodyIsLeft: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let hasStepped = false
      const tick = () => {
        if (failure !== undefined) return reject(failure)
        // time passes behind a step, and not while the one who was let go on is at it
        if (hasStepped && random.below(STEPS_PER_TICK) === 0) now = Math.min(moment, now + random.below(TICK_MOST_MS))
        hasStepped = step(moment, untilNobodyIsLeft)
        if (hasStepped) behindPromises(tick)
        else if (untilNobodyIsLeft && running > 0) reject(new Error(`${running} tasks have not come to an end`))
        else resolve()
      }
      behindPromises(tick)
    })
  }

  return {
    clock: { now: () => new Date(now) },
    now: () => now,
    pause: () =>
      new Promise(resolve => {
        parked.push(resolve)
      }),
    sleep: milliseconds =>
      new Promise(wake => {
        order += 1
        sleepers.add({ at: now + Math.max(1, Math.round(milliseconds)), order, wake })
      }),
    spawn(task) {
      running += 1
      task()
        .catch(error => {
          if (!(error instanceof Crash)) failure ??= error
        })
        .finally(() => {
          running -= 1
        })
    },
    runUntil: moment => run(moment, false),
    runOut: moment => run(moment, true),
    get steps() {
      return steps
    },
  }
}

const settled = Promise.resolve()

/**
 * Calls behind all promises that can be settled without anybody from outside: a tick that is asked for while promises
 * are being settled comes when there are none left. Ten times as quick as a turn of the event loop.
 */
function behindPromises(call: () => void): void {
  void settled.then(() => process.nextTick(call))
}
