import type { Session } from '../database/session.ts'
import { sql } from '../database/statement.ts'
import type { NewEvent } from './event-contract.ts'
import { nudgeRelays } from './nudge.ts'

const PAYLOAD_CHARACTERS_MOST = 64_000
const EVENTS_AT_ONCE_MOST = 1_000

const WRITE = sql(`
  insert into outbox (tenant_id, id, name, aggregate_id, payload)
  select $1, written.id, written.name, written.aggregate_id, written.payload::jsonb
  from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[]) as written (id, name, aggregate_id, payload)`)

/**
 * Writes an event in the transaction that makes it true. It is on its way as soon as that is committed, and never was
 * when it is undone.
 */
export function writeEvent(session: Session, event: NewEvent): Promise<void> {
  return writeEvents(session, [event])
}

/** As writeEvent, for several in one statement; they keep their order. */
export async function writeEvents(session: Session, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  if (events.length > EVENTS_AT_ONCE_MOST) throw new Error(`At most ${EVENTS_AT_ONCE_MOST} events are written at once`)
  const { ids, names, aggregateIds, payloads } = outboxColumns(events)
  await session.execute(WRITE, [session.tenantId, ids, names, aggregateIds, payloads])
  announceEvents(session, events)
}

/** The columns of events, for a statement of a hot path that writes the outbox itself; `announceEvents` goes with it. */
export function outboxColumns(events: readonly NewEvent[]) {
  return {
    ids: events.map(event => event.id),
    names: events.map(event => event.name),
    aggregateIds: events.map(event => event.aggregateId),
    payloads: events.map(payloadText),
  }
}

/** Wakes the relay once the session's transaction is committed. */
export function announceEvents(session: Session, events: readonly NewEvent[]): void {
  const producers = new Set(events.map(event => event.producer))
  session.afterCommit(() => {
    for (const producer of producers) nudgeRelays(producer)
  })
}

function payloadText(event: NewEvent): string {
  const text = JSON.stringify(event.payload)
  if (text.length > PAYLOAD_CHARACTERS_MOST)
    throw new Error(`${event.name} carries ${text.length} characters, and ${PAYLOAD_CHARACTERS_MOST} are the most`)
  return text
}
