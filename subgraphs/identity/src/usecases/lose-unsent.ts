import { parseText } from '@tillgraph/rules/text'
import { type UnsentRecords, unsentRecords } from '../domain/offline-log.ts'
import { field, type InvalidInput, isInvalid, readInput } from '../domain/problems.ts'
import type { Work } from '../services.ts'
import { unsentOf } from '../store/offline-log.ts'

const REASON_CHARACTERS_MOST = 500

/** Whether somebody knows what they do, and why. */
export interface LoseUnsent {
  readonly loseUnsent?: boolean | null | undefined
  readonly reason?: string | null | undefined
}

/**
 * What the audit trail says of the sales that a till may take with it: nothing, where it holds none. Or why its device
 * cannot be taken out of use.
 */
export async function loseUnsent(
  work: Work,
  registerId: string,
  asked: LoseUnsent,
): Promise<UnsentRecords | InvalidInput | { readonly lost?: { readonly unsent: number; readonly reason: string } }> {
  const log = await unsentOf(work, registerId)
  if (!log) return {}
  if (asked.loseUnsent !== true) return unsentRecords(log)
  const given = readInput(() => ({
    reason: field('reason', () => parseText(asked.reason ?? '', REASON_CHARACTERS_MOST)),
  }))
  return isInvalid(given) ? given : { lost: { unsent: log.unsent, reason: given.reason } }
}
