import type { Context } from '../context.ts'
import { type Change, changedValues, type Values } from '../domain/audit.ts'
import type { Work } from '../services.ts'
import { type Actor, writeAudit } from '../store/audit.ts'

/** Writes an entry of the audit trail in the transaction of what it tells. */
export function record(context: Context, work: Work, change: Change, by: Actor = actorOf(context)): Promise<void> {
  return writeAudit(work, { ...change, id: context.makeId(), at: context.clock.now(), by, request: context.requestId })
}

/** The values that a change really changed; undefined when there is nothing to write down. */
export function difference(before: Values, after: Values): { before: Values; after: Values } | undefined {
  const changed = changedValues(before, after)
  return Object.keys(changed.after).length === 0 ? undefined : changed
}

export const anonymous: Actor = { kind: 'ANONYMOUS', id: null }

function actorOf({ caller }: Context): Actor {
  if (!caller) return anonymous
  if (caller.kind === 'service') return { kind: 'SYSTEM', id: null }
  return { kind: caller.kind === 'person' ? 'USER' : 'PARTNER', id: caller.subject }
}
