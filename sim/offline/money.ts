import type { Processor } from '../../subgraphs/payments/src/processors/processor.ts'
import type { OfflineQueueInMemory } from '../../subgraphs/payments/src/store/offline-queue-in-memory.ts'
import { type WorkOffParts, workOffPayment } from '../../subgraphs/payments/src/usecases/work-off-payment.ts'
import type { Random } from '../random.ts'
import { Crash, type Schedule } from '../schedule.ts'
import { HOUR_MS, MINUTE_MS, type Plant } from './options.ts'
import type { SimulatedProcessor } from './processor.ts'

const CRASH_RATE = 0.003
const WORKERS = 8
const LOOK_EVERY_MS = 5 * MINUTE_MS
/** The workers stand still for so long, once: over a weekend, or a long one. */
const STANDSTILL_LEAST_HOURS = 25
const STANDSTILL_MOST_HOURS = 90

/** A worker that lives until it dies; from then on nothing that it does reaches anybody. */
interface Life {
  dead: boolean
}

export interface MoneyParts {
  readonly schedule: Schedule
  readonly random: Random
  readonly tenantId: string
  readonly queue: OfflineQueueInMemory
  readonly processor: SimulatedProcessor
  readonly plant: Plant
}

/**
 * Works payments off until `isOver` says so, with workers that die before and after every step. Once, at the worst
 * moment there is (a card was charged and nobody has heard of it), all of them die and none starts for days: longer than the processor remembers, and at times than payments last.
 */
export async function workMoney(
  { schedule, random, tenantId, queue, processor, plant }: MoneyParts,
  isOver: () => boolean,
): Promise<void> {
  const lives = new Set<Life>()
  const busy = new Set<string>()
  let standstill = false

  function work(id: string): void {
    const life: Life = { dead: false }
    lives.add(life)
    busy.add(id)
    const looking: Processor =
      plant === 'no-look-up' ? { ...processor, lookUp: async () => ({ outcome: 'NONE' }) } : processor
    const parts: WorkOffParts = {
      queue: mortal(queue, life, schedule, random),
      find: () => mortal(looking, life, schedule, random),
      clock: schedule.clock,
      chance: random.next,
      failed: () => undefined,
    }
    schedule.spawn(async () => {
      try {
        await workOffPayment(parts, tenantId, id)
      } finally {
        lives.delete(life)
        busy.delete(id)
      }
    })
  }

  function isWorstMoment(): boolean {
    for (const { id, state } of queue.open())
      if ((state === 'AUTHORISING' || state === 'UNKNOWN') && processor.captures().has(id)) return true
    return false
  }

  while (!isOver()) {
    if (busy.size < WORKERS) {
      const due = queue.due().filter(({ id }) => !busy.has(id))
      while (busy.size < WORKERS && due.length > 0)
        for (const { id } of due.splice(random.below(due.length), 1)) work(id)
    }
    if (busy.size === 0) await schedule.sleep(LOOK_EVERY_MS)
    else await schedule.pause()
    if (!standstill && isWorstMoment()) {
      standstill = true
      for (const life of lives) life.dead = true
      await schedule.sleep(random.between(STANDSTILL_LEAST_HOURS, STANDSTILL_MOST_HOURS) * HOUR_MS)
    }
  }
}

/** The same steps for one who may die before and after each. */
function mortal<Steps extends object>(steps: Steps, life: Life, schedule: Schedule, random: Random): Steps {
  const mayDie = async () => {
    await schedule.pause()
    if (life.dead || random.chance(CRASH_RATE)) {
      life.dead = true
      throw new Crash('A worker died')
    }
  }
  const dying = Object.entries(steps).map(([name, step]) => [
    name,
    typeof step !== 'function'
      ? step
      : async (...given: unknown[]) => {
          await mayDie()
          const answer = await (step as (...all: unknown[]) => unknown)(...given.map(one => calledBack(one, mayDie)))
          await mayDie()
          return answer
        },
  ])
  return Object.fromEntries(dying) as Steps
}

/** What is called back happens to whoever called: it dies with them. */
function calledBack(given: unknown, mayDie: () => Promise<void>): unknown {
  if (typeof given !== 'function') return given
  return async (...all: unknown[]) => {
    await mayDie()
    return (given as (...inner: unknown[]) => unknown)(...all)
  }
}
