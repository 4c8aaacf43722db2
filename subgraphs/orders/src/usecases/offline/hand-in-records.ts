import { hashOfLine } from '@tillgraph/kit/offline/signed-text'
import { PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import type { KeptRecord } from '../../domain/offline/offline-record.ts'
import { type Decision, decideRecord } from './decide-record.ts'
import type { HandIn, OfflineWorld } from './offline-world.ts'

/** What came of one record of a batch. LATER: nothing was decided, hand it in again. */
export type RecordAnswer =
  | { readonly hash: string; readonly kind: 'NEW' | 'KNOWN'; readonly record: KeptRecord }
  | { readonly hash: string; readonly kind: 'LATER' }

/** A request is answered in good time; what was not looked at by then is handed in again. */
const DECIDE_FOR_MOST_MS = 5_000

/** Characters of base64url: our tills write a sequence behind three ids, so that no record is read whole for it. */
const HEAD_CHARACTERS = 400
const SEQUENCE = /"sequence":([1-9][0-9]{0,9})[,}]/

/**
 * Decides on the records of a batch one by one, each by itself, in the order of the till's log as far as it can be
 * told; the answers stand in the order in which the records were given.
 */
export async function handInRecords(
  world: OfflineWorld,
  handIn: HandIn,
  records: readonly string[],
): Promise<RecordAnswer[]> {
  const named = records.map(compact => ({ compact, hash: hashOfLine(compact) }))
  const known = await world.books.known(
    handIn.till,
    named.map(({ hash }) => hash),
  )
  const answers = new Map<string, RecordAnswer>()
  for (const [hash, record] of known) answers.set(hash, { hash, kind: 'KNOWN', record })
  const unknown = named.filter(({ hash }) => !known.has(hash))
  const inOrder = unknown.map(one => ({ ...one, sequence: claimedSequence(one.compact) }))
  const until = world.clock.now().getTime() + DECIDE_FOR_MOST_MS
  for (const { compact, hash } of inOrder.sort((a, b) => a.sequence - b.sequence)) {
    if (answers.has(hash)) continue
    const inTime = world.clock.now().getTime() <= until
    answers.set(hash, inTime ? { hash, ...(await decide(world, handIn, compact)) } : { hash, kind: 'LATER' })
  }
  return named.map(({ hash }) => answers.get(hash) ?? { hash, kind: 'LATER' })
}

/** What could not be found out at this moment is no verdict. */
async function decide(world: OfflineWorld, handIn: HandIn, compact: string): Promise<Decision> {
  try {
    return await decideRecord(world, handIn, compact)
  } catch (error) {
    if (error instanceof PeerFailure) return { kind: 'LATER' }
    throw error
  }
}

/** Only for the order in which records are looked at: nothing of it is believed. */
function claimedSequence(compact: string): number {
  const payload = compact.split('.', 2)[1] ?? ''
  const digits = SEQUENCE.exec(textOf(payload.slice(0, HEAD_CHARACTERS)))?.[1]
  if (digits !== undefined) return Number(digits)
  try {
    const { sequence } = (JSON.parse(textOf(payload)) ?? {}) as { readonly sequence?: unknown }
    return typeof sequence === 'number' && Number.isFinite(sequence) ? sequence : Number.MAX_SAFE_INTEGER
  } catch {
    return Number.MAX_SAFE_INTEGER
  }
}

const textOf = (base64url: string) => Buffer.from(base64url, 'base64url').toString('utf8')
