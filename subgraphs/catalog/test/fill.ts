import { randomUUID } from 'node:crypto'

export const FILLED_PRODUCTS = 5_000

/** SQL that gives a business thousands of products at once, in the forms in which the subgraph itself would write them. */
export function fillWith(tenantId: string): string {
  const taxClass = randomUUID()
  return `
    insert into tax_class values ('${tenantId}', '${taxClass}', 'VAT', 'vat', 1, 1, null, now(), now());
    insert into product (tenant_id, id, sku, sku_key, name, name_key, search_words, unit, quantity_decimals,
      sold_by_weight, price_minor_thousandths, currency, price_valid_from, tax_class_id, attribute_names,
      attribute_values, change, created_at, updated_at)
    select '${tenantId}', gen_random_uuid(), 'S' || n, 'S' || n, 'Dark coffee beans ' || n, 'dark coffee beans ' || n,
      array['dark', 'coffee', 'beans', n::text], 'PIECE', 0, false, 1000, 'EUR', now(), '${taxClass}', '{}', '{}', n,
      now(), now()
    from generate_series(1, ${FILLED_PRODUCTS}) n;
    update product set name = 'Saffron threads', name_key = 'spice saffron', search_words = array['saffron', 'threads']
    where tenant_id = '${tenantId}' and sku = 'S2500';
    insert into barcode select tenant_id, lpad(substr(sku, 2), 14, '0'), id, 0, lpad(substr(sku, 2), 14, '0'), 'GTIN_14'
    from product where tenant_id = '${tenantId}';
    insert into search_word select '${tenantId}', unnest(array['dark', 'coffee', 'beans', 'saffron', 'threads'])`
}
