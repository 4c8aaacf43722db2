-- Every figure of the shop from two sides; all differences must be zero.
select
  (select count(*) from orders)::integer as orders,
  (select count(*) * 3 from orders) - (select count(*) from order_lines) as lines,
  (select count(*) from orders) - (select count(*) from outbox) as events,
  (select count(*) from orders) - (select count(*) from payments) as payments,
  (select coalesce(sum(amount), 0) from entries)::bigint as ledger,
  (select coalesce(sum(total), 0) from orders)::bigint
    - (select coalesce(sum(amount), 0) from entries where account = 'cash')::bigint as cash,
  (select count(*) from stock_levels) * 1000000000000
    + (select coalesce(sum(quantity), 0) from stock_movements)::bigint
    - (select sum(quantity) from stock_levels)::bigint as stock
