insert into products
select '00000000-0000-7000-8000-000000000000', product_id(number), 'SKU-' || number, 'Product ' || number,
  100 + number % 9900, 190000
from generate_series(1, :products) as number;

insert into stock_levels
select tenant_id, tenant_id, id, 1000000000000 from products;

analyze;
