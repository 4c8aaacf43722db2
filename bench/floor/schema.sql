-- What one cash sale of three lines must leave behind, whoever sells: an order with its lines, the stock guarded and
-- moved, the payment, a transfer of two entries on the ledger, and an event in the outbox. Tables and indexes are the
-- least that can answer for it; every key begins with the tenant, as everywhere in Tillgraph.
create table products (
  tenant_id uuid not null,
  id uuid not null,
  sku text not null,
  name text not null,
  price bigint not null,
  tax_rate_millionths integer not null,
  primary key (tenant_id, id)
);

create table orders (
  tenant_id uuid not null,
  id uuid not null,
  store_id uuid not null,
  register_id uuid not null,
  number bigint not null,
  status text not null,
  currency text not null,
  tax bigint not null,
  total bigint not null,
  fingerprint bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index on orders (tenant_id, store_id, created_at);

create table order_lines (
  tenant_id uuid not null,
  order_id uuid not null,
  line smallint not null,
  product_id uuid not null,
  sku text not null,
  name text not null,
  quantity bigint not null check (quantity > 0),
  unit_price bigint not null,
  tax bigint not null,
  total bigint not null,
  primary key (tenant_id, order_id, line),
  foreign key (tenant_id, order_id) references orders (tenant_id, id)
);

create table stock_levels (
  tenant_id uuid not null,
  store_id uuid not null,
  product_id uuid not null,
  quantity bigint not null check (quantity >= 0),
  version bigint not null default 0,
  primary key (tenant_id, store_id, product_id)
) with (fillfactor = 70);

create table stock_movements (
  tenant_id uuid not null,
  store_id uuid not null,
  product_id uuid not null,
  id uuid not null default uuidv7(),
  order_id uuid not null,
  kind text not null,
  quantity bigint not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, store_id, product_id, id)
);

create table payments (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  tender text not null,
  status text not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index on payments (tenant_id, order_id);

create table transfers (
  tenant_id uuid not null,
  id uuid not null,
  payment_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);

create table entries (
  tenant_id uuid not null,
  transfer_id uuid not null,
  account text not null,
  currency text not null,
  amount bigint not null,
  primary key (tenant_id, transfer_id, account),
  foreign key (tenant_id, transfer_id) references transfers (tenant_id, id)
);

create table outbox (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null,
  payload jsonb not null,
  created_at timestamptz not null default now()
);

create function product_id(number integer) returns uuid language sql immutable parallel safe
  return ('00000000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;

-- One call, one transaction, two statements: take the stock in the order of the products' ids, all lines or none, then
-- write everything else. Left to itself, Postgres plans both anew for every call, which is half of their cost.
create function sell(tenant uuid, store uuid, register uuid, products_sold uuid[], quantities bigint[]) returns bigint
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  order_id constant uuid := uuidv7();
  payment_id constant uuid := uuidv7();
  transfer_id constant uuid := uuidv7();
  taken integer;
  paid bigint;
begin
  with wanted as (
    select * from unnest(products_sold, quantities) as sold (product_id, quantity)
  ), locked as materialized (
    select level.product_id, wanted.quantity
    from stock_levels level join wanted using (product_id)
    where level.tenant_id = tenant and level.store_id = store and level.quantity >= wanted.quantity
    order by level.product_id
    for update of level
  )
  update stock_levels level
  set quantity = level.quantity - locked.quantity, version = level.version + 1
  from locked
  where level.tenant_id = tenant and level.store_id = store and level.product_id = locked.product_id
    and level.quantity >= locked.quantity;
  get diagnostics taken = row_count;
  if taken <> cardinality(products_sold) then
    raise exception 'out of stock' using errcode = 'TG001';
  end if;

  with lines as materialized (
    select sold.line, product.id, product.sku, product.name, sold.quantity, product.price,
      product.price * sold.quantity / 1000 as total,
      product.price * sold.quantity / 1000 * product.tax_rate_millionths / 1000000 as tax
    from unnest(products_sold, quantities) with ordinality as sold (product_id, quantity, line)
    join products product on product.tenant_id = tenant and product.id = sold.product_id
  ), sums as materialized (
    select sum(total)::bigint as total, sum(tax)::bigint as tax from lines
  ), sale as (
    insert into orders (tenant_id, id, store_id, register_id, number, status, currency, tax, total, fingerprint)
    select tenant, order_id, store, register, extract(epoch from clock_timestamp())::bigint, 'COMPLETED', 'EUR', tax,
      total, sha256(convert_to(products_sold::text, 'UTF8'))
    from sums
  ), sold_lines as (
    insert into order_lines (tenant_id, order_id, line, product_id, sku, name, quantity, unit_price, tax, total)
    select tenant, order_id, line, id, sku, name, quantity, price, tax, total from lines
  ), movements as (
    insert into stock_movements (tenant_id, store_id, product_id, order_id, kind, quantity)
    select tenant, store, id, order_id, 'SALE', -quantity from lines
  ), payment as (
    insert into payments (tenant_id, id, order_id, tender, status, currency, amount)
    select tenant, payment_id, order_id, 'CASH', 'CAPTURED', 'EUR', total from sums
  ), transfer as (
    insert into transfers (tenant_id, id, payment_id) values (tenant, transfer_id, payment_id)
  ), both_entries as (
    insert into entries (tenant_id, transfer_id, account, currency, amount)
    select tenant, transfer_id, account, 'EUR', sign * total
    from sums, (values ('cash', 1), ('sales', -1)) as side (account, sign)
  ), event as (
    insert into outbox (id, tenant_id, name, payload)
    select uuidv7(), tenant, 'orders.order.completed.v1',
      jsonb_build_object('orderId', order_id, 'storeId', store, 'total', total, 'currency', 'EUR',
        'lines', (select jsonb_agg(jsonb_build_object('productId', id, 'quantity', quantity, 'total', total)) from lines))
    from sums
  )
  select total into paid from sums;
  return paid;
end $$;
