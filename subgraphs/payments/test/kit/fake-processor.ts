import type { Charge, Processor } from '../../src/processors/processor.ts'

export type Answer = 'CAPTURED' | 'DECLINED' | 'LOST' | 'NEVER_ARRIVED'

/** A processor that does as it is told, charges each id once, and remembers how often it was asked for what. */
export function fakeProcessor(name: string, answers: (charge: Charge, sent: number) => Answer) {
  const charges = new Map<string, { state: 'CAPTURED' | 'DECLINED' | 'VOIDED'; amount: bigint }>()
  const sent = new Map<string, number>()
  let lookUps = 0
  let moved = 0n
  let reachable = true

  const processor: Processor = {
    name,
    async charge(charge, _, remember) {
      if (!reachable) throw new Error('The processor is away')
      if (!(await remember(`${name}_${charge.id}`))) return { outcome: 'DECLINED', declineCode: 'not_wanted' }
      const times = (sent.get(charge.id) ?? 0) + 1
      sent.set(charge.id, times)
      const answer = answers(charge, times)
      if (answer === 'NEVER_ARRIVED') return { outcome: 'UNKNOWN' }
      if (!charges.has(charge.id)) {
        charges.set(charge.id, { state: answer === 'DECLINED' ? 'DECLINED' : 'CAPTURED', amount: charge.amount })
        if (answer !== 'DECLINED') moved += charge.amount
      }
      if (answer === 'LOST') throw new Error('The answer was lost')
      return outcomeOf(charge)
    },
    async lookUp(charge) {
      lookUps++
      if (!reachable) throw new Error('The processor is away')
      return charges.has(charge.id) ? outcomeOf(charge) : { outcome: 'NONE' }
    },
    async void(charge) {
      if (!reachable) throw new Error('The processor is away')
      charges.set(charge.id, { state: 'VOIDED', amount: charge.amount })
      return { outcome: 'VOIDED' }
    },
    refund: async () => ({ outcome: 'UNKNOWN' }),
    lookUpRefund: async () => ({ outcome: 'NONE' }),
  }

  function outcomeOf({ id }: Charge) {
    return charges.get(id)?.state === 'CAPTURED'
      ? ({ outcome: 'CAPTURED', reference: `${name}_${id}`, brand: 'visa', lastFour: '4242' } as const)
      : ({ outcome: 'DECLINED', declineCode: 'card_declined' } as const)
  }

  return {
    processor,
    charges,
    sent,
    lookUps: () => lookUps,
    moved: () => moved,
    away(isAway: boolean) {
      reachable = !isAway
    },
  }
}
