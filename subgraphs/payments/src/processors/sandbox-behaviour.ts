import { createHash } from 'node:crypto'

/**
 * How the sandbox network answers a charge:
 * APPROVE; DECLINE; TIMEOUT (nothing is charged, and nobody answers); LATE (it is charged after the till has given up,
 * and nobody answers); LOSE (it is charged, and the answer is lost).
 */
export type Behaviour = 'APPROVE' | 'DECLINE' | 'TIMEOUT' | 'LATE' | 'LOSE'

export interface SandboxRates {
  /** Out of a hundred charges, how many behave so, picked by the seed and the charge's id. */
  readonly timeoutPercent: number
  readonly latePercent: number
  readonly losePercent: number
  readonly seed: string
}

const byToken: Readonly<Record<string, readonly [Behaviour, string]>> = {
  tok_visa: ['APPROVE', ''],
  tok_declined: ['DECLINE', 'card_declined'],
  tok_insufficient_funds: ['DECLINE', 'insufficient_funds'],
  tok_expired_card: ['DECLINE', 'expired_card'],
  tok_timeout: ['TIMEOUT', ''],
  tok_late: ['LATE', ''],
  tok_lost: ['LOSE', ''],
}

/** Amounts that are declined whatever the token: those whose last four digits are these, in minor units. */
const byAmount: Readonly<Record<string, string>> = {
  '9951': 'insufficient_funds',
  '9954': 'expired_card',
  '9905': 'card_declined',
}

/** By token first, then by amount, then by the seeded rates. */
export function behaviourOf(
  charge: { readonly id: string; readonly amount: bigint },
  token: string,
  rates: SandboxRates,
): readonly [Behaviour, string] {
  const named = byToken[token]
  if (named && token !== 'tok_visa') return named
  const declineCode = byAmount[charge.amount.toString().slice(-4)]
  if (declineCode) return ['DECLINE', declineCode]
  const drawn = createHash('sha256').update(`${rates.seed} ${charge.id}`).digest().readUInt32BE(0) % 100
  if (drawn < rates.timeoutPercent) return ['TIMEOUT', '']
  if (drawn < rates.timeoutPercent + rates.latePercent) return ['LATE', '']
  if (drawn < rates.timeoutPercent + rates.latePercent + rates.losePercent) return ['LOSE', '']
  return ['APPROVE', '']
}
