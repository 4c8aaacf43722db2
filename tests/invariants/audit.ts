import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** A row for everything that is not as it must be; each query is one promise. Rows are told, so they are bounded. */
const FAULTS_TOLD_MAX = 20
const LOOK_AGAIN_MS = 250

/** What must be true at every moment, whatever is under way. */
const ALWAYS: Readonly<Record<string, string>> = {
  'a transfer sums to zero': `
    select id, amounts from payments.transfer where (select sum(entry) from unnest(amounts) entry) <> 0`,
  'a balance is the sum of its entries': `
    select a.id, a.kind, a.balance, coalesce(e.sum, 0) as entries from payments.account a
    left join (select tenant_id, account_id, sum(entry) from payments.transfer,
      unnest(account_ids, amounts) part (account_id, entry) group by 1, 2) e
      on e.tenant_id = a.tenant_id and e.account_id = a.id
    where a.balance <> coalesce(e.sum, 0)`,
  'each currency sums to zero': `
    select tenant_id, currency, sum(balance) from payments.account group by 1, 2 having sum(balance) <> 0`,
  'no payment is booked twice': `
    select reference_id, count(*) from payments.transfer where kind = 'CAPTURE' group by 1 having count(*) > 1`,
  'what is given back was paid': `
    select id, amount, tip, change, refunded from payments.payment where refunded > amount + tip`,
  'what is given back is what its refunds say': `
    select p.id, p.refunded, coalesce(r.sum, 0) as parts from payments.payment p
    left join (select tenant_id, payment_id, sum(amount) from payments.refund_part where state <> 'DECLINED' group by 1, 2) r
      on r.tenant_id = p.tenant_id and r.payment_id = p.id
    where p.refunded <> coalesce(r.sum, 0)`,
  'movements rebuild the levels': `
    select s.store_id, s.product_id, s.on_hand, s.reserved, m.on_hand as moved, m.reserved as moved_reserved
    from inventory.stock s
    left join (select tenant_id, store_id, product_id, sum(quantity) as on_hand, sum(reserved_quantity) as reserved
      from inventory.movement group by 1, 2, 3) m using (tenant_id, store_id, product_id)
    where s.on_hand <> coalesce(m.on_hand, 0) or s.reserved <> coalesce(m.reserved, 0)`,
  'the line of versions has no gap': `
    select l.store_id, l.version, count(m.version) from inventory.stock_ledger l
    left join inventory.movement m using (tenant_id, store_id)
    group by l.tenant_id, l.store_id, l.version having count(m.version) <> l.version`,
  'no level is below zero': `select store_id, product_id, on_hand, reserved from inventory.stock where on_hand < reserved`,
  'numbers of a store have no gap': `
    select store_id, max(number), count(*) from orders.customer_order group by tenant_id, store_id
    having max(number) <> count(*)`,
}

const SOLD = `o.status in ('COMPLETED', 'PARTLY_REFUNDED', 'REFUNDED')`

/** What must be true once nothing is under way any more. */
const AT_REST: Readonly<Record<string, string>> = {
  'no sale is left on its way': `select order_id, state from orders.selling where state in ('SELLING', 'UNDOING')`,
  'no return is left on its way': `select id, state from orders.order_return where state = 'RETURNING'`,
  'no money is left on its way': `
    select order_id, state from payments.order_payment where state in ('TAKING', 'UNDOING', 'VOIDING')
    union all select id, state from payments.payment where state in ('AUTHORISING', 'VOIDING')
    union all select id, state from payments.refund where state = 'REFUNDING'`,
  'every order is paid in full': `
    select o.id, o.total + o.cash_rounding as owed, p.state, p.due from orders.customer_order o
    left join payments.order_payment p on p.tenant_id = o.tenant_id and p.order_id = o.id
    left join (select tenant_id, order_id, sum(amount) as paid from payments.payment where state = 'CAPTURED'
      group by 1, 2) c on c.tenant_id = o.tenant_id and c.order_id = o.id
    where ${SOLD} and (p.state is distinct from 'TAKEN' or c.paid is distinct from o.total + o.cash_rounding)
      and o.total + o.cash_rounding > 0`,
  'money is kept for sold orders only': `
    select p.order_id, p.state from payments.order_payment p
    left join orders.customer_order o on o.tenant_id = p.tenant_id and o.id = p.order_id
    where p.state = 'TAKEN' and (o.id is null or not ${SOLD})`,
  'goods went for sold orders only': `
    select r.order_id, r.state from inventory.reservation r
    left join orders.customer_order o on o.tenant_id = r.tenant_id and coalesce(o.stock_id, o.id) = r.order_id and ${SOLD}
    where r.state = 'COMMITTED' and o.id is null`,
  'what was sold left the shelf': `
    select o.id from orders.customer_order o
    left join inventory.reservation r on r.tenant_id = o.tenant_id and r.order_id = coalesce(o.stock_id, o.id)
    where ${SOLD} and r.state is distinct from 'COMMITTED'`,
  'goods sold are goods moved': `
    select coalesce(s.product_id, m.product_id) as product_id, s.sold, m.moved from
      (select o.tenant_id, o.store_id, (line ->> 'productId')::uuid as product_id,
          sum((line ->> 'quantity')::bigint) as sold
        from orders.customer_order o, jsonb_array_elements(o.lines) line where ${SOLD} group by 1, 2, 3) s
      full join (select tenant_id, store_id, product_id, -sum(quantity) as moved from inventory.movement
        where kind in ('SALE', 'SALE_UNDONE') group by 1, 2, 3 having sum(quantity) <> 0) m
        using (tenant_id, store_id, product_id)
    where s.sold is distinct from m.moved`,
  'goods returned are goods moved': `
    select coalesce(b.product_id, m.product_id) as product_id, b.back, m.moved from
      (select r.tenant_id, o.store_id, (line ->> 'productId')::uuid as product_id,
          sum((back ->> 'quantity')::bigint) as back
        from orders.order_return r
        join orders.customer_order o on o.tenant_id = r.tenant_id and o.id = r.order_id,
          jsonb_array_elements(r.lines) back, jsonb_array_elements(o.lines) line
        where r.state = 'RETURNED' and r.restock and line ->> 'id' = back ->> 'lineId' group by 1, 2, 3) b
      full join (select tenant_id, store_id, product_id, sum(quantity) as moved from inventory.movement
        where kind = 'RETURN' group by 1, 2, 3) m using (tenant_id, store_id, product_id)
    where b.back is distinct from m.moved`,
  'returns are never beyond what was sold': `
    select o.id, line ->> 'id' as line_id from orders.customer_order o, jsonb_array_elements(o.lines) line,
      (select r.tenant_id, r.order_id, back ->> 'lineId' as line_id, sum((back ->> 'quantity')::bigint) as back
        from orders.order_return r, jsonb_array_elements(r.lines) back
        where r.state <> 'REFUSED' group by 1, 2, 3) b
    where b.tenant_id = o.tenant_id and b.order_id = o.id and b.line_id = line ->> 'id'
      and b.back > (line ->> 'quantity')::bigint`,
  'refunds of an order are what its returns gave back': `
    select o.id, o.refunded, f.sum from orders.customer_order o
    left join (select tenant_id, order_id, sum(amount) from payments.refund where state = 'REFUNDED' group by 1, 2) f
      on f.tenant_id = o.tenant_id and f.order_id = o.id
    where o.refunded <> coalesce(f.sum, 0)`,
  'the network charged what we hold, once': `
    select coalesce(p.id, c.id) as id, p.state, p.amount + p.tip as held, c.state as charged, c.amount
    from (select * from payments.payment where tender in ('CARD', 'MOBILE') and processor = 'sandbox'
        and state = 'CAPTURED') p
    full join (select * from payments.sandbox_charge where state = 'CAPTURED') c
      on c.tenant_id = p.tenant_id and c.id = p.id
    where p.id is null or c.id is null or c.amount <> p.amount + p.tip or c.refunded <> p.refunded`,
  'no reservation outlives its expiry': `
    select order_id, expires_at from inventory.reservation where state = 'RESERVED' and expires_at < now()`,
  'every event was sent': ['catalog', 'delivery', 'identity', 'inventory', 'orders', 'payments']
    .map(schema => `select '${schema}' as schema, id, name from ${schema}.outbox where sent_at is null`)
    .join(' union all '),
}

export interface Fault {
  readonly promise: string
  readonly rows: readonly unknown[]
}

/** Looks at all schemas at one moment, with the superuser's eyes. Empty where every promise is kept. */
export async function audit(url: string, moment: 'under way' | 'at rest'): Promise<Fault[]> {
  const client = new pg.Client({ connectionString: url })
  // a server that is killed while it is looked at is found out by the query
  client.on('error', () => {})
  await client.connect()
  try {
    // what was written a moment ago is unknown to the planner, and a hundred thousand of it are many
    await client.query('analyze')
    await client.query('begin isolation level repeatable read read only')
    const faults: Fault[] = []
    for (const [promise, query] of Object.entries(moment === 'at rest' ? { ...ALWAYS, ...AT_REST } : ALWAYS)) {
      // materialised: planned for a few rows it would look for them one by one, through all that there is for each
      const { rows } = await client.query(
        `with fault as materialized (${query}) select * from fault limit ${FAULTS_TOLD_MAX}`,
      )
      if (rows.length > 0) faults.push({ promise, rows })
    }
    return faults
  } finally {
    await client.end()
  }
}

/** The faults that are left when everything had time to come to rest: none, if all is well. */
export async function auditAtRest(url: string, patienceMs: number): Promise<Fault[]> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const faults = await audit(url, 'at rest')
    if (faults.length === 0 || Date.now() > deadline) return faults
    await sleep(LOOK_AGAIN_MS)
  }
}
