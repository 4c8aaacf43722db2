import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Change } from '../domain/audit.ts'
import { escapeLike } from '../domain/fold.ts'
import type { Work } from '../services.ts'

/** Who did it. */
export interface Actor {
  readonly kind: 'USER' | 'PARTNER' | 'SYSTEM' | 'ANONYMOUS'
  readonly id: string | null
}

/** An entry of the audit trail, as its row is. */
export interface AuditEntry {
  readonly id: string
  readonly at: Date
  readonly actor: Actor['kind']
  readonly actorId: string | null
  readonly action: string
  readonly subject: Change['subject']
  readonly subjectId: string
  readonly storeId: string | null
  readonly before: unknown
  readonly after: unknown
  readonly request: string | null
}

export interface AuditSearch {
  readonly visible: 'all' | readonly string[]
  readonly subject?: string | null | undefined
  readonly subjectId?: string | null | undefined
  readonly actorId?: string | null | undefined
  readonly action?: string | null | undefined
  readonly storeId?: string | null | undefined
  readonly from?: Date | null | undefined
  readonly until?: Date | null | undefined
}

const WRITE = sql(`
  insert into audit_entry (tenant_id, id, at, actor, actor_id, action, subject, subject_id, store_id, before, after, request)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12)`)

const PAGE = sql<AuditEntry>(`
  select id, at, actor, actor_id as "actorId", action, subject, subject_id as "subjectId", store_id as "storeId",
    before, after, request
  from audit_entry
  where tenant_id = $1 and ($2::uuid[] is null or store_id = any($2))
    and ($3::text is null or subject = $3) and ($4::uuid is null or subject_id = $4)
    and ($5::uuid is null or actor_id = $5) and ($6::text is null or action like $6)
    and ($7::uuid is null or store_id = $7) and ($8::timestamptz is null or at >= $8)
    and ($9::timestamptz is null or at < $9)
    and ($10::timestamptz is null or (at, id) < ($10, $11::uuid))
  order by at desc, id desc limit $12`)

export async function writeAudit(
  work: Work,
  entry: Change & { readonly id: string; readonly at: Date; readonly by: Actor; readonly request: string | null },
): Promise<void> {
  await work.execute(WRITE, [
    work.tenantId,
    entry.id,
    entry.at,
    entry.by.kind,
    entry.by.id,
    entry.action,
    entry.subject,
    entry.subjectId,
    entry.storeId ?? null,
    entry.before === undefined ? null : JSON.stringify(entry.before),
    entry.after === undefined ? null : JSON.stringify(entry.after),
    entry.request,
  ])
}

/** One row more than a page of the trail, the newest first. */
export function listAudit(
  database: Database,
  tenantId: string,
  search: AuditSearch,
  page: PageRequest<readonly [string, string]>,
): Promise<AuditEntry[]> {
  const [afterTime, afterId] = page.after ?? [null, null]
  return database.query(tenantId, PAGE, [
    tenantId,
    search.visible === 'all' ? null : search.visible,
    search.subject ?? null,
    search.subjectId ?? null,
    search.actorId ?? null,
    search.action ? `${escapeLike(search.action.replace(/\p{Cc}/gu, ''))}%` : null,
    search.storeId ?? null,
    search.from ?? null,
    search.until ?? null,
    afterTime,
    afterId,
    page.first + 1,
  ])
}
