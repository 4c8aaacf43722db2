import { parseMoney } from '@tillgraph/rules/money'
import { type OfflinePolicy, waitingState } from '@tillgraph/rules/offline/policy'
import type { TillPapers } from './till.ts'
import type { TillBook } from './till-book.ts'
import { type LeaseLeft, leasesLeft } from './till-leases.ts'

/**
 * OFF: no policy, or it is switched off. STALE: the policy has to be fetched anew. SEND_FIRST: sales have waited for
 * too long. FULL: the till holds as many or as much as it may. WARN: it sells, and sales have waited for long.
 */
export type TillMode = 'OFF' | 'STALE' | 'SEND_FIRST' | 'FULL' | 'NO_NUMBERS' | 'WARN' | 'READY'

export interface TillState {
  /** What holds if the network is gone: READY and WARN sell. */
  readonly mode: TillMode
  readonly policy: OfflinePolicy | undefined
  readonly lastSequence: number
  readonly acknowledged: number
  /** Sales that the graph has not answered for. */
  readonly unsent: number
  /** Minor units of the policy's currency. */
  readonly unsentValue: bigint
  /** Epoch milliseconds. */
  readonly oldestTakenAt: number | undefined
  /** How many sales and how much the till may still take. */
  readonly room: { readonly count: number; readonly value: bigint }
  readonly numbersLeft: bigint
  readonly leases: readonly LeaseLeft[]
}

export function tillState(book: TillBook, papers: TillPapers, now: number): TillState {
  const { policy } = papers
  const { unsent } = book
  const oldestTakenAt = oldestOf(book)
  const room = roomLeft(policy, book)
  const numbersLeft = papers.blocks.reduce((sum, block) => sum + unusedOf(block, book), 0n)
  return {
    mode: modeOf(policy, oldestTakenAt, room, numbersLeft, now),
    policy,
    lastSequence: book.lastSequence,
    acknowledged: book.acknowledged,
    unsent: unsent.length,
    unsentValue: unsent.reduce((sum, { value }) => sum + value, 0n),
    oldestTakenAt,
    room,
    numbersLeft,
    leases: leasesLeft(papers.leases, book, now),
  }
}

/** When the oldest of the sales was taken that wait to be sent. */
export function oldestOf({ unsent }: TillBook): number | undefined {
  return unsent.reduce<number | undefined>(
    (oldest, { takenAt }) => (oldest === undefined || takenAt < oldest ? takenAt : oldest),
    undefined,
  )
}

function modeOf(
  policy: OfflinePolicy | undefined,
  oldestTakenAt: number | undefined,
  room: TillState['room'],
  numbersLeft: bigint,
  now: number,
): TillMode {
  if (policy === undefined || !policy.enabled) return 'OFF'
  if (now > Date.parse(policy.validUntil)) return 'STALE'
  const waiting = waitingState(policy, oldestTakenAt, now)
  if (waiting === 'EXPIRED') return 'SEND_FIRST'
  if (room.count <= 0 || room.value <= 0n) return 'FULL'
  if (numbersLeft === 0n) return 'NO_NUMBERS'
  return waiting === 'WARN' ? 'WARN' : 'READY'
}

function roomLeft(policy: OfflinePolicy | undefined, book: TillBook): TillState['room'] {
  if (policy === undefined) return { count: 0, value: 0n }
  const { count, value } = book.held
  const most = parseMoney(policy.perDeviceMax, policy.currency).minor
  return { count: Math.max(0, policy.countMax - count), value: most > value ? most - value : 0n }
}

function unusedOf({ first, last }: { readonly first: string; readonly last: string }, book: TillBook): bigint {
  let unused = 0n
  for (let number = BigInt(first); number <= BigInt(last); number += 1n) if (!book.isNumberUsed(number)) unused += 1n
  return unused
}
