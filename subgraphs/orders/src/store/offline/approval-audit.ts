import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Approval } from '@tillgraph/rules/offline/approval'
import type { ApprovalEntry, ApprovedAction } from '../../domain/offline/approved-action.ts'

const ENTRIES_PER_ORDER_MOST = 100

// One statement takes it or finds it taken: whoever takes the same approval at this moment waits for whom it is. An action
// that is carried out again after it was cut short finds its own.
const TAKE = sql<{ ours: boolean }>(`
  with taken as (
    insert into approval_use (tenant_id, id, order_id, return_id, manager_id, action, bound, used_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, id) do nothing returning id
  )
  select exists (select from taken) or exists (
    select from approval_use where tenant_id = $1 and id = $2 and order_id = $3 and return_id is not distinct from $4
      and manager_id = $5 and action = $6) as ours`)

/** Uses an approval up for one action; false where it was used for another. The order must be locked. */
export async function takeApproval(
  session: Session,
  { id, managerId, bound }: Approval,
  { action, orderId, returnId }: ApprovedAction,
  now: Date,
): Promise<boolean> {
  const { tenantId } = session
  const [row] = await session.query(TAKE, [tenantId, id, orderId, returnId, managerId, action, bound, now])
  return row?.ours === true
}

const KEEP = sql(`
  insert into approval_audit (tenant_id, id, order_id, return_id, action, register_id, actor, approval_id, manager_id,
    refusal, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)

export async function keepApprovalEntry(session: Session, entry: ApprovalEntry): Promise<void> {
  const { id, orderId, returnId, action, registerId, actor, approvalId, managerId, refusal, at } = entry
  await session.execute(KEEP, [
    ...[session.tenantId, id, orderId, returnId, action, registerId, actor, approvalId, managerId, refusal, at],
  ])
}

const OF_ORDERS = sql<ApprovalEntry>(`
  select e.* from unnest($2::uuid[]) asked (order_id) cross join lateral (
    select id, order_id as "orderId", return_id as "returnId", action, register_id as "registerId", actor,
      approval_id as "approvalId", manager_id as "managerId", refusal, at
    from approval_audit a where a.tenant_id = $1 and a.order_id = asked.order_id
    order by at desc, id desc limit ${ENTRIES_PER_ORDER_MOST}
  ) e`)

/** Of each order the latest, the newest first. */
export function loadApprovalEntries(database: Database, tenantId: string, orderIds: readonly string[]) {
  return database.query(tenantId, OF_ORDERS, [tenantId, orderIds])
}
