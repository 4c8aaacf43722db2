import pg from 'pg'

/** A shop whose past is to be made, from sales that it made itself. */
export interface History {
  readonly tenantId: string
  readonly storeId: string
  readonly orders: number
  /** Over how many days up to yesterday. */
  readonly days: number
}

interface Step {
  readonly what: string
  readonly sql: string
  /** What must be done before, by name; nothing but the first step by itself. */
  readonly after?: readonly string[]
}

const LINES = 3
/** Statements that run at once. */
const CONNECTIONS = 4
/** What has most rows is written in so many pieces, side by side. */
const PIECES = 3
const ZONE = 'Europe/Berlin'
/** What a shop begins with of each product, in thousandths. */
const OPENING = 10_000_000_000

const NAMES = 'times and names'

/** The columns of a table, in their order. */
type ColumnsOf = (table: string) => readonly string[]

/**
 * A row of a table for each order of the past, as the sale that it is a copy of left it, but for what tells them apart.
 * Columns that later versions of a table add come along.
 */
function copies(
  columnsOf: ColumnsOf,
  table: string,
  key: { readonly column: string; readonly of: 'id' | 'payment_id' },
  different: Readonly<Record<string, string>>,
  which = 'true',
): string {
  const columns = columnsOf(table)
  const values = columns.map(column => different[column] ?? `t.${column}`)
  // the few originals first: they are not to be looked for among what is being written beside them
  return `with t as materialized (
      select t.* from bench_template e join ${table} t
        on t.tenant_id = (select tenant_id from bench_shop) and t.${key.column} = e.${key.of})
    insert into ${table} (${columns.join(', ')}) select ${values.join(', ')}
    from bench_made m join t on t.${key.column} = m.template_${key.of} where ${which} order by m.k`
}

/** The same for each piece of the orders, in the order of time. */
function inPieces(orders: number, what: string, after: string, sqlOf: (which: string) => string): Step[] {
  return Array.from({ length: PIECES }, (_, piece) => {
    const from = Math.floor((piece * orders) / PIECES)
    const until = Math.floor(((piece + 1) * orders) / PIECES)
    return { what: `${what}, piece ${piece + 1}`, after: [after], sql: sqlOf(`m.k >= ${from} and m.k < ${until}`) }
  })
}

const pieces = (what: string) => Array.from({ length: PIECES }, (_, piece) => `${what}, piece ${piece + 1}`)

/**
 * All that sales write, in all tables that they write to, in the order of time: orders with their figures, reservations,
 * movements and levels of stock, payments, transfers and balances.
 */
function stepsOf({ orders, days }: History, columnsOf: ColumnsOf): Step[] {
  const shop = `tenant_id = (select tenant_id from bench_shop)`
  const begin = `(select begins_at from bench_shop)`
  return [
    {
      what: NAMES,
      sql: `
        select inventory.make_movement_partitions(${begin}::date, ${Math.ceil(days / 28) + 2});
        update inventory.movement set at = ${begin} where ${shop};
        update inventory.stock_ledger set at = ${begin} where ${shop};
        create unlogged table bench_product as
          select row_number() over (order by sku) - 1 as n, id, sku, name from catalog.product where ${shop};
        create unique index on bench_product (n);
        create unlogged table bench_template as
          select row_number() over (order by o.number) - 1 as n, o.id, p.payment_ids[1] as payment_id
          from orders.customer_order o join payments.order_payment p on p.tenant_id = o.tenant_id and p.order_id = o.id
          where o.${shop};
        create unlogged table bench_made as
          select k, s.tenant_id, s.store_id, t.id as template_id, t.payment_id as template_payment_id, m.at,
            (m.at at time zone '${ZONE}')::date as business_date,
            (lpad(to_hex((extract(epoch from m.at) * 1000)::bigint), 12, '0') || '7' || substr(md5('order' || k), 1, 3)
              || 'a' || substr(md5('order' || k), 4, 15))::uuid as id,
            (lpad(to_hex((extract(epoch from m.at) * 1000)::bigint), 12, '0') || '7' || substr(md5('payment' || k), 1, 3)
              || 'b' || substr(md5('payment' || k), 4, 15))::uuid as payment_id
          from generate_series(0, ${orders - 1}) k cross join bench_shop s
          -- the shop is open from 8 to 20
          cross join lateral (select s.begins_at + make_interval(days => (k::bigint * ${days} / ${orders})::int)
            + make_interval(hours => 8, secs => 43200.0 * ((k::bigint * ${days}) % ${orders}) / ${orders}) as at) m
          join bench_template t on t.n = k % (select count(*) from bench_template);
        create unlogged table bench_line as
          select k, line, p.id as product_id, p.sku, p.name from bench_made m cross join generate_series(0, ${LINES - 1}) line
          -- some products sell much better than others
          join bench_product p on p.n = floor((select count(*) from bench_product)
            * power((hashint8extended(k::bigint * ${LINES} + line, 7) & 2147483647) / 2147483648.0, 3));
        create index on bench_line (k); create unique index on bench_made (k);
        analyze bench_made; analyze bench_line; analyze bench_product; analyze bench_template`,
    },
    ...inPieces(orders, 'orders', NAMES, which =>
      copies(
        columnsOf,
        'orders.customer_order',
        { column: 'id', of: 'id' },
        {
          id: 'm.id',
          stock_id: 'm.id',
          fingerprint: 'm.id::text',
          business_date: 'm.business_date',
          number: 'm.k + (select next from bench_shop)',
          change_version: 'm.k + 1 + (select changes from bench_shop)',
          created_at: 'm.at',
          completed_at: 'm.at',
          changed_at: 'm.at',
          lines: `(select jsonb_agg(l.value || jsonb_build_object('productId', b.product_id, 'sku', b.sku, 'name', b.name)
          order by l.place) from jsonb_array_elements(t.lines) with ordinality l (value, place)
          join bench_line b on b.k = m.k and b.line = l.place - 1)`,
        },
        which,
      ),
    ),
    {
      what: 'counters',
      after: pieces('orders'),
      sql: `
        update orders.number_counter set next = next + ${orders}, changes = changes + ${orders} where ${shop};
        delete from orders.unreported where ${shop};
        delete from orders.sales_figure where ${shop}`,
    },
    {
      what: 'figures of days',
      after: ['counters'],
      sql: `
        create unlogged table bench_sold as
          select o.business_date, to_char(o.completed_at at time zone '${ZONE}', 'HH24') as hour, o.cashier_id::text as cashier,
            jsonb_array_length(o.lines) as lines, o.gross, o.discount, o.net, o.tax, o.total, o.cash_rounding, o.tips, o.id
          from orders.customer_order o where ${shop} and completed_at is not null;
        insert into orders.sales_figure select s.tenant_id, s.store_id, d.dimension, d.business_date, d.subject, d.orders,
          d.lines, 0, d.gross, d.discount, d.net, d.tax, d.total, d.rounding, d.tips, 0, 0, 0, 0, 0, 0, 0
        from bench_shop s cross join (
          select x.dimension, business_date, x.subject, count(*) as orders, sum(lines) as lines, sum(gross) as gross,
            sum(discount) as discount, sum(net) as net, sum(tax) as tax, sum(total) as total,
            sum(cash_rounding) as rounding, sum(tips) as tips
          from bench_sold cross join lateral
            (values ('DAY', ''), ('HOUR', hour), ('CASHIER', coalesce(cashier, ''))) x (dimension, subject)
          group by 1, 2, 3) d;
        drop table bench_sold`,
    },
    {
      what: 'figures of products',
      after: ['counters'],
      sql: `
        insert into orders.sales_figure select s.tenant_id, s.store_id, d.dimension, d.business_date, d.subject, d.orders,
          d.lines, d.quantity, d.gross, d.discount, d.net, d.tax, d.total, 0, 0, 0, 0, 0, 0, 0, 0, 0
        from bench_shop s cross join (
          select x.dimension, o.business_date, x.subject, count(distinct o.id) as orders, count(*) as lines,
            sum((l ->> 'quantity')::bigint) as quantity, sum((l ->> 'gross')::bigint) as gross,
            sum((l ->> 'discount')::bigint) as discount, sum((l ->> 'net')::bigint) as net,
            sum((l ->> 'tax')::bigint) as tax, sum((l ->> 'total')::bigint) as total
          from orders.customer_order o cross join lateral jsonb_array_elements(o.lines) l cross join lateral
            (values ('PRODUCT', l ->> 'productId'), ('CATEGORY', coalesce(l ->> 'categoryId', ''))) x (dimension, subject)
          where o.${shop} and o.completed_at is not null group by 1, 2, 3) d`,
    },
    {
      what: 'reservations',
      after: [NAMES],
      sql: copies(
        columnsOf,
        'inventory.reservation',
        { column: 'order_id', of: 'id' },
        {
          order_id: 'm.id',
          created_at: 'm.at',
          settled_at: 'm.at',
          product_ids: `(select array_agg(product_id order by product_id) from (select distinct product_id from bench_line b
          where b.k = m.k) p)`,
          quantities: `(select array_agg(n * 1000 order by product_id) from (select product_id, count(*) as n
          from bench_line b where b.k = m.k group by product_id) p)`,
        },
      ),
    },
    {
      what: 'opened stock',
      after: [NAMES],
      sql: `
        create unlogged table bench_opened as
          select row_number() over (order by p.id) as n, p.id from bench_product p where not exists (
            select from inventory.stock s where s.${shop} and s.product_id = p.id);
        insert into inventory.movement (tenant_id, store_id, version, at, product_id, kind, quantity, reserved_quantity, level,
          reserved, low, turned)
        select s.tenant_id, s.store_id, s.version + o.n, s.begins_at, o.id, 'OPENING', ${OPENING}, 0, ${OPENING}, 0, false, false
        from bench_opened o cross join bench_shop s;
        insert into inventory.stock (tenant_id, store_id, product_id, on_hand, version, changed_at)
        select s.tenant_id, s.store_id, o.id, ${OPENING}, s.version + o.n, s.begins_at from bench_opened o cross join bench_shop s;
        analyze inventory.stock;
        create unlogged table bench_moved as
          select row_number() over (order by l.k, l.product_id) + (select version from bench_shop)
            + (select count(*) from bench_opened) as version, l.k, l.product_id, l.quantity,
            sum(l.quantity) over (partition by l.product_id order by l.k) as sold
          from (select k, product_id, count(*) * 1000 as quantity from bench_line group by k, product_id) l;
        create index on bench_moved (k);
        analyze bench_moved; analyze bench_opened`,
    },
    ...inPieces(
      orders,
      'movements of stock',
      'opened stock',
      which => `
        insert into inventory.movement (tenant_id, store_id, version, at, product_id, kind, quantity, reserved_quantity, level,
          reserved, low, turned, reference_id)
        select m.tenant_id, m.store_id, v.version, m.at, v.product_id, 'SALE', -v.quantity, 0, s.on_hand - v.sold, s.reserved,
          false, false, m.id
        from bench_moved v join bench_made m using (k)
        join inventory.stock s on s.tenant_id = m.tenant_id and s.store_id = m.store_id and s.product_id = v.product_id
        where ${which} order by v.version`,
    ),
    {
      what: 'levels of stock',
      after: pieces('movements of stock'),
      sql: `
        update inventory.stock s set on_hand = s.on_hand - v.sold, version = v.version, changed_at = v.at
        from (select product_id, max(sold) as sold, max(version) as version, max(at) as at from bench_moved
          join bench_made using (k) group by product_id) v
        where s.${shop} and s.product_id = v.product_id;
        update inventory.stock_ledger set version = (select max(version) from bench_moved),
          at = (select max(at) from bench_made) where ${shop}`,
    },
    {
      what: 'payments',
      after: [NAMES],
      sql: copies(
        columnsOf,
        'payments.payment',
        { column: 'id', of: 'payment_id' },
        {
          id: 'm.payment_id',
          order_id: 'm.id',
          created_at: 'm.at',
          settled_at: 'm.at',
        },
      ),
    },
    {
      what: 'payments of orders',
      after: [NAMES],
      sql: copies(
        columnsOf,
        'payments.order_payment',
        { column: 'order_id', of: 'id' },
        {
          order_id: 'm.id',
          payment_ids: 'array[m.payment_id]',
          created_at: 'm.at',
        },
      ),
    },
    {
      what: 'transfers',
      after: [NAMES],
      sql: copies(
        columnsOf,
        'payments.transfer',
        { column: 'id', of: 'payment_id' },
        {
          id: 'm.payment_id',
          reference_id: 'm.payment_id',
          at: 'm.at',
        },
      ),
    },
    {
      what: 'balances',
      after: ['transfers'],
      sql: `
        update payments.account a set balance = coalesce(b.balance, 0) from (
          select account_id, sum(part) as balance from payments.transfer t
          cross join lateral unnest(t.account_ids, t.amounts) e (account_id, part) where t.${shop} group by account_id) b
        where a.${shop} and a.id = b.account_id`,
    },
  ]
}

const LEFT_OVER = ['shop', 'product', 'template', 'made', 'line', 'sold', 'opened', 'moved'].map(
  name => `bench_${name}`,
)

/** What must hold of the whole; each answers with the number of faults. */
const PROOFS: readonly Step[] = [
  {
    what: 'figures count every order',
    sql: `select abs((select count(*) from orders.customer_order where completed_at is not null)
      - (select coalesce(sum(orders), 0) from orders.sales_figure where dimension = 'DAY')) as faults`,
  },
  {
    what: 'figures of products are those of their days',
    sql: `select count(*) as faults from (select business_date from orders.sales_figure group by business_date
      having sum(total) filter (where dimension = 'DAY') <> sum(total) filter (where dimension = 'PRODUCT')) days`,
  },
  {
    what: 'movements make the levels',
    sql: `select count(*) as faults from inventory.stock s left join (select tenant_id, store_id, product_id, sum(quantity) as moved
      from inventory.movement group by 1, 2, 3) m using (tenant_id, store_id, product_id) where on_hand <> coalesce(moved, 0)`,
  },
  {
    what: 'accounts hold what was transferred',
    sql: `select count(*) as faults from payments.account a where balance <> coalesce((select sum(part) from payments.transfer t
      cross join lateral unnest(t.account_ids, t.amounts) e (account_id, part)
      where t.tenant_id = a.tenant_id and e.account_id = a.id), 0)`,
  },
  {
    what: 'every order is paid',
    sql: `select count(*) as faults from orders.customer_order o where completed_at is not null and not exists (
      select from payments.order_payment p where p.tenant_id = o.tenant_id and p.order_id = o.id and p.state = 'TAKEN')`,
  },
]

/** Whether a past was begun and not ended: such a database is good for nothing. */
export async function isCutOff(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ cut: boolean }>("select to_regclass('bench_shop') is not null as cut")
  return rows[0]?.cut === true
}

/** Makes a shop's past and proves it. Nothing else may use the database meanwhile. */
export async function makeHistory(url: string, history: History, say: (line: string) => void): Promise<void> {
  // what triggers would write row by row is written here for all rows together
  const options = '-c session_replication_role=replica -c synchronous_commit=off -c work_mem=128MB'
  const pool = new pg.Pool({ connectionString: url, options, max: CONNECTIONS })
  try {
    await pool.query(
      `create unlogged table bench_shop as select c.tenant_id, c.store_id, c.next, c.changes, l.version,
         (date_trunc('day', now() at time zone '${ZONE}') - make_interval(days => $3::int)) at time zone '${ZONE}' as begins_at
       from orders.number_counter c join inventory.stock_ledger l using (tenant_id, store_id)
       where c.tenant_id = $1 and c.store_id = $2`.replace(/\$(\d)/g, (_, n: string) =>
        n === '3' ? String(history.days) : `'${n === '1' ? history.tenantId : history.storeId}'`,
      ),
    )
    const columns = await columnsOfTables(pool)
    const told = async (what: string, sql: string) => {
      const begun = performance.now()
      await pool.query(sql)
      say(`${what}: ${((performance.now() - begun) / 1_000).toFixed(1)} s`)
    }
    const ended = new Map<string, Promise<void>>()
    for (const { what, sql, after = [] } of stepsOf(history, table => columns.get(table) ?? [])) {
      const before = Promise.all(after.map(name => ended.get(name)))
      const step = before.then(() => told(what, sql))
      // it is told of where all are waited for
      step.catch(() => {})
      ended.set(what, step)
    }
    await Promise.all(ended.values())
    await told('vacuum and statistics', 'vacuum analyze')
    await pool.query('checkpoint')
    await Promise.all(PROOFS.map(proof => prove(pool, proof)))
    await pool.query(`drop table if exists ${LEFT_OVER.join(', ')}`)
  } finally {
    await pool.end()
  }
}

async function prove(pool: pg.Pool, { what, sql }: Step): Promise<void> {
  const { rows } = await pool.query<{ faults: string }>(sql)
  if (Number(rows[0]?.faults) !== 0) throw new Error(`the past that was made is wrong: not so that ${what}`)
}

async function columnsOfTables(pool: pg.Pool): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ name: string; columns: string[] }>(`
    select table_schema || '.' || table_name as name, array_agg(quote_ident(column_name) order by ordinal_position) as columns
    from information_schema.columns where table_schema in ('orders', 'inventory', 'payments') group by 1`)
  return new Map(rows.map(({ name, columns }) => [name, columns]))
}
