import type { Charge, Processor } from '../../subgraphs/payments/src/processors/processor.ts'
import type { Random } from '../random.ts'
import { Crash, type Schedule } from '../schedule.ts'

/** As long as this a processor knows that it has charged an id before; then the same again is another charge. */
export const IDEMPOTENT_FOR_MS = 24 * 3_600_000
/** A request that travels for longer than this never arrives. */
const TRAVEL_MOST_MS = 60_000

const LOST_ON_THE_WAY = 0.02
const LOOK_UP_FAILS = 0.02

export interface SimulatedProcessor extends Processor {
  /** Money that was taken, by the id it was taken for: more than once is somebody's money. */
  captures(): ReadonlyMap<string, readonly bigint[]>
  /** Ids that were charged and whose payments may not know it yet. */
  charged(): Iterable<string>
}

export interface ProcessorOptions {
  readonly schedule: Schedule
  readonly random: Random
  readonly declineRate: number
  readonly unknownRate: number
}

interface Seen {
  outcome: 'CAPTURED' | 'DECLINED'
  at: number
}

/** A processor that declines, loses answers, and forgets after a day that it was asked before. */
export function createProcessor({ schedule, random, declineRate, unknownRate }: ProcessorOptions): SimulatedProcessor {
  const seen = new Map<string, Seen>()
  const captures = new Map<string, bigint[]>()
  const voided = new Set<string>()

  /** Its own part of a request, which happens at once when it arrives. */
  async function arrive(): Promise<void> {
    const sentAt = schedule.now()
    await schedule.pause()
    if (random.chance(LOST_ON_THE_WAY) || schedule.now() - sentAt > TRAVEL_MOST_MS) throw new Error('Not reached')
  }

  async function answer<Answer>(given: Answer, lossRate: number): Promise<Answer> {
    await schedule.pause()
    if (random.chance(lossRate)) throw new Error('The answer was lost')
    return given
  }

  function carryOut({ id, amount }: Charge): Seen {
    const before = seen.get(id)
    if (before !== undefined && schedule.now() - before.at < IDEMPOTENT_FOR_MS) return before
    const outcome = voided.has(id) || random.chance(declineRate) ? 'DECLINED' : 'CAPTURED'
    const made: Seen = { outcome, at: schedule.now() }
    if (outcome === 'CAPTURED') captures.set(id, [...(captures.get(id) ?? []), amount])
    seen.set(id, made)
    return made
  }

  const outcomeOf = (id: string, { outcome }: Seen) =>
    outcome === 'CAPTURED'
      ? ({ outcome, reference: `ref ${id}`, brand: 'visa', lastFour: '4242' } as const)
      : ({ outcome, declineCode: 'do_not_honor' } as const)

  return {
    name: 'simulated',
    async charge(charge, _token, remember) {
      if (!(await remember(`ref ${charge.id}`))) return { outcome: 'UNKNOWN' }
      await arrive()
      return answer(outcomeOf(charge.id, carryOut(charge)), unknownRate)
    },
    async lookUp({ id }) {
      await arrive()
      const known = seen.get(id)
      return answer(known === undefined ? { outcome: 'NONE' as const } : outcomeOf(id, known), LOOK_UP_FAILS)
    },
    async void({ id }) {
      await arrive()
      if (seen.get(id)?.outcome === 'CAPTURED') return { outcome: 'UNKNOWN' }
      voided.add(id)
      return answer({ outcome: 'VOIDED' as const }, LOOK_UP_FAILS)
    },
    async refund() {
      throw new Crash('Nobody gives anything back here')
    },
    async lookUpRefund() {
      throw new Crash('Nobody gives anything back here')
    },
    captures: () => captures,
    charged: () => seen.keys(),
  }
}
