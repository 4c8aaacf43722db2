import { connectAcrossTenants } from '@tillgraph/kit/database/across-tenants'

/** The row of an e-mail that waits to be sent. */
export interface MailToSend {
  readonly tenantId: string
  readonly id: string
}

/** What is looked for across tenants, with the rights of the relay role. */
export interface RelayDatabase {
  /** Sales of all tenants that nobody carries out any more, the longest forgotten first. */
  salesCutShort(now: Date, limit: number): Promise<{ readonly tenantId: string; readonly orderId: string }[]>
  /** Returns of all tenants that nobody carries out any more. */
  returnsCutShort(now: Date, limit: number): Promise<{ readonly tenantId: string; readonly returnId: string }[]>
  /** Exchanges of all tenants that nobody carries out any more. */
  exchangesCutShort(now: Date, limit: number): Promise<{ readonly tenantId: string; readonly exchangeId: string }[]>
  /** Open orders of all tenants whose goods are to be kept back for longer. */
  heldStockDue(now: Date, limit: number): Promise<{ readonly tenantId: string; readonly orderId: string }[]>
  /** Orders of all tenants of which something is still to be done elsewhere. */
  looseEndsDue(now: Date, limit: number): Promise<{ readonly tenantId: string; readonly orderId: string }[]>
  /** Businesses that sold something which the figures of reports do not hold yet. */
  tenantsUnreported(limit: number): Promise<string[]>
  /** E-mails of all tenants that were asked for before an instant and are neither sent nor given up, the oldest first. */
  mailsWaiting(until: Date, limit: number): Promise<MailToSend[]>
  /** The same of e-mails about notices. */
  noticeMailsWaiting(until: Date, limit: number): Promise<MailToSend[]>
  /** Forgets how orders were before changes that nobody can ask for any more; how many went. */
  forgetChanges(before: Date, limit: number): Promise<number>
  close(): Promise<void>
}

export function connectRelayDatabase(url: string): RelayDatabase {
  const pool = connectAcrossTenants(url, 'orders')
  return {
    async salesCutShort(now, limit) {
      const { rows } = await pool.query<{ tenant_id: string; order_id: string }>(
        `select tenant_id, order_id from selling
         where state in ('SELLING', 'UNDOING') and leased_until <= $1
         order by leased_until, tenant_id, order_id limit $2`,
        [now, limit],
      )
      return rows.map(({ tenant_id, order_id }) => ({ tenantId: tenant_id, orderId: order_id }))
    },
    async returnsCutShort(now, limit) {
      const { rows } = await pool.query<{ tenant_id: string; id: string }>(
        `select tenant_id, id from order_return where state = 'RETURNING' and leased_until <= $1
         order by leased_until, tenant_id, id limit $2`,
        [now, limit],
      )
      return rows.map(({ tenant_id, id }) => ({ tenantId: tenant_id, returnId: id }))
    },
    async exchangesCutShort(now, limit) {
      const { rows } = await pool.query<{ tenant_id: string; id: string }>(
        `select tenant_id, id from order_exchange where state in ('RUNNING', 'SETTLED') and leased_until <= $1
         order by leased_until, tenant_id, id limit $2`,
        [now, limit],
      )
      return rows.map(({ tenant_id, id }) => ({ tenantId: tenant_id, exchangeId: id }))
    },
    async heldStockDue(now, limit) {
      const { rows } = await pool.query<{ tenant_id: string; order_id: string }>(
        'select tenant_id, order_id from held_stock where look_at <= $1 order by look_at, tenant_id, order_id limit $2',
        [now, limit],
      )
      return rows.map(({ tenant_id, order_id }) => ({ tenantId: tenant_id, orderId: order_id }))
    },
    async looseEndsDue(now, limit) {
      const { rows } = await pool.query<{ tenant_id: string; order_id: string }>(
        'select tenant_id, order_id from loose_end where due_at <= $1 order by due_at, tenant_id, kind, subject_id limit $2',
        [now, limit],
      )
      return rows.map(({ tenant_id, order_id }) => ({ tenantId: tenant_id, orderId: order_id }))
    },
    async mailsWaiting(until, limit) {
      const { rows } = await pool.query<{ tenant_id: string; id: string }>(
        `select tenant_id, id from receipt_copy where state = 'QUEUED' and made_at < $1
         order by made_at, tenant_id, id limit $2`,
        [until, limit],
      )
      return rows.map(({ tenant_id, id }) => ({ tenantId: tenant_id, id }))
    },
    async noticeMailsWaiting(until, limit) {
      const { rows } = await pool.query<{ tenant_id: string; payment_id: string }>(
        `select tenant_id, payment_id from payment_notice where mail_state = 'QUEUED' and raised_at < $1
         order by raised_at, tenant_id, payment_id limit $2`,
        [until, limit],
      )
      return rows.map(({ tenant_id, payment_id }) => ({ tenantId: tenant_id, id: payment_id }))
    },
    async tenantsUnreported(limit) {
      // from one business to the next by the index, however much each has sold
      const { rows } = await pool.query<{ tenant_id: string }>(
        `with recursive tenants as (
           (select tenant_id from unreported order by tenant_id limit 1)
           union all
           select (select u.tenant_id from unreported u where u.tenant_id > t.tenant_id order by u.tenant_id limit 1)
           from tenants t where t.tenant_id is not null
         )
         select tenant_id from tenants where tenant_id is not null limit $1`,
        [limit],
      )
      return rows.map(({ tenant_id }) => tenant_id)
    },
    async forgetChanges(before, limit) {
      const { rowCount } = await pool.query(
        `delete from order_before where (tenant_id, store_id, change_version) in (
           select tenant_id, store_id, change_version from order_before
           where superseded_at < $1 order by superseded_at limit $2)`,
        [before, limit],
      )
      return rowCount ?? 0
    },
    close: () => pool.end(),
  }
}
