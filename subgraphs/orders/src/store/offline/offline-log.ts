import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { ChainLink, ChainNeighbours } from '@tillgraph/rules/offline/chain'
import type { HeldSale } from '../../domain/offline/held-sales.ts'
import type { OfflineAlarm, OfflineAuditEntry } from '../../domain/offline/offline-record.ts'

const AROUND = sql<ChainLink>(`
  select sequence, previous, hash from offline_record
  where tenant_id = $1 and key_thumbprint = $2 and sequence between $3 - 1 and $3 + 1 and in_chain`)

/** What has its place right before, at and right after a sequence. */
export async function linksAround(session: Session, keyId: string, sequence: number): Promise<ChainNeighbours> {
  const links = await session.query(AROUND, [session.tenantId, keyId, sequence])
  const at = (place: number) => links.find(link => link.sequence === place)
  return { before: at(sequence - 1), same: at(sequence), after: at(sequence + 1) }
}

const ANSWERED = sql<{ receivedAt: Date }>(`
  select received_at as "receivedAt" from offline_record
  where tenant_id = $1 and key_thumbprint = $2 and sequence = $3 and in_chain
    and not exists (select from offline_alarm a where a.tenant_id = $1 and a.key_thumbprint = $2 and a.kind = 'GAP'
      and a.sequence <= $3 and a.closed_at is null)`)

/** When a record came; undefined where it, or one before it, has not. */
export async function answeredAt(session: Session, keyId: string, sequence: number): Promise<Date | undefined> {
  return (await session.query(ANSWERED, [session.tenantId, keyId, sequence]))[0]?.receivedAt
}

const ACCEPTED = sql<HeldSale>(`
  select sequence, acknowledged, value from offline_record
  where tenant_id = $1 and key_thumbprint = $2 and outcome = 'ACCEPTED' and sequence > least($4::int, (
    select min(acknowledged) from offline_record
    where tenant_id = $1 and key_thumbprint = $2 and outcome = 'ACCEPTED' and sequence > $3 and acknowledged < $3))
  order by sequence limit $5`)

/** Accepted sales of a key that may have been unanswered together with one, in the order of its log. */
export function acceptedBeside(
  session: Session,
  keyId: string,
  { sequence, acknowledged }: Omit<HeldSale, 'value'>,
  most: number,
): Promise<HeldSale[]> {
  return session.query(ACCEPTED, [session.tenantId, keyId, sequence, acknowledged, most])
}

const RAISE = sql(`
  insert into offline_alarm (tenant_id, register_id, key_thumbprint, kind, sequence, hash, store_id, raised_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`)

export async function raiseAlarm(session: Session, alarm: OfflineAlarm): Promise<void> {
  const { registerId, keyId, kind, sequence, hash, storeId, raisedAt } = alarm
  await session.execute(RAISE, [session.tenantId, registerId, keyId, kind, sequence, hash, storeId, raisedAt])
}

const CLOSE = sql(`
  update offline_alarm set closed_at = $6
  where tenant_id = $1 and key_thumbprint = $2 and kind = $3 and sequence = $4 and ($5::text is null or hash = $5)
    and closed_at is null`)

export async function closeAlarm(
  session: Session,
  alarm: Pick<OfflineAlarm, 'keyId' | 'kind' | 'sequence'> & { readonly hash?: string },
  now: Date,
): Promise<void> {
  const { keyId, kind, sequence, hash } = alarm
  await session.execute(CLOSE, [session.tenantId, keyId, kind, sequence, hash ?? null, now])
}

const AUDIT = sql(`
  insert into offline_audit (tenant_id, id, register_id, hash, action, code, note, actor, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

export async function audit(session: Session, entry: OfflineAuditEntry): Promise<void> {
  const { id, registerId, hash, action, code, note, actor, at } = entry
  await session.execute(AUDIT, [session.tenantId, id, registerId, hash, action, code, note, actor, at])
}
