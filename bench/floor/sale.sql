\set a random(1, :products)
\set b 1 + (:a + random(1, :products / 3)) % :products
\set c 1 + (:a + random(1 + :products / 3, 2 * :products / 3)) % :products
select sell('00000000-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000000', product_id(:client_id), array[product_id(:a), product_id(:b), product_id(:c)], array[1000, 2000, 1000]::bigint[]);
