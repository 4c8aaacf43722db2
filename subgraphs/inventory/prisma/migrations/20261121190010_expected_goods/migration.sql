-- What is to come of a product from suppliers is part of its stock: when that changes, the store's ledger says so, and
-- whoever follows it hears of it in order, and again when asked for what came after a version. Nothing moves by it.
ALTER TABLE "movement" DROP CONSTRAINT "movement_kind_check",
    ADD CONSTRAINT "movement_kind_check" CHECK (kind IN ('OPENING', 'ADJUSTMENT', 'SALE', 'SALE_UNDONE', 'RETURN',
        'RECEIPT', 'COUNT', 'RESERVED', 'RELEASED', 'THRESHOLD', 'TRANSFER_OUT', 'TRANSFER_IN', 'EXPECTED'));

-- Moves stock of one store by hand, by a count or by goods that came: all lines or none, each product once. The
-- outcome is DONE; SHORT, with what is missing; MOVED where an opening comes after something else.
CREATE OR REPLACE FUNCTION move_stock(
  p_tenant uuid, p_now timestamptz, p_store uuid, p_kind text, p_actor text, p_reason text, p_note text,
  p_reference uuid, p_products uuid[], p_quantities bigint[], p_costs bigint[], p_currency text
) RETURNS TABLE (outcome text, shortages jsonb) LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  v_shortages jsonb;
BEGIN
  PERFORM lock_ledgers(p_tenant, ARRAY[p_store]);
  IF p_kind = 'OPENING' AND EXISTS (SELECT FROM movement WHERE tenant_id = p_tenant AND store_id = p_store
    AND product_id = ANY (p_products) AND kind NOT IN ('THRESHOLD', 'EXPECTED'))
  THEN
    RETURN QUERY SELECT 'MOVED', NULL::jsonb;
    RETURN;
  END IF;

  SELECT jsonb_agg(jsonb_build_object('productId', l.product_id, 'wanted', (-l.quantity)::text,
    'available', coalesce(s.on_hand - s.reserved, 0)::text) ORDER BY l.product_id)
  INTO v_shortages
  FROM unnest(p_products, p_quantities) l (product_id, quantity)
  LEFT JOIN LATERAL (
    SELECT * FROM stock e WHERE e.tenant_id = p_tenant AND e.store_id = p_store AND e.product_id = l.product_id OFFSET 0
  ) s ON true
  WHERE l.quantity < 0 AND coalesce(s.on_hand - s.reserved, 0) + l.quantity < 0;
  IF v_shortages IS NOT NULL THEN
    RETURN QUERY SELECT 'SHORT', v_shortages;
    RETURN;
  END IF;

  PERFORM write_movements(p_tenant, p_now, p_kind, p_actor, p_reason, p_note, false,
    array_fill(p_store, ARRAY[cardinality(p_products)]), p_products, p_quantities,
    array_fill(0::bigint, ARRAY[cardinality(p_products)]), array_fill(p_reference, ARRAY[cardinality(p_products)]),
    p_costs, p_currency);
  RETURN QUERY SELECT 'DONE', NULL::jsonb;
END
$$;

-- Puts on the ledger of a store that something else is to come of products than before, each product once. The ledger
-- is locked by who has found that out.
CREATE FUNCTION write_expected(
  p_tenant uuid, p_now timestamptz, p_store uuid, p_products uuid[], p_reference uuid, p_actor text
) RETURNS void LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  INSERT INTO stock (tenant_id, store_id, product_id)
  SELECT p_tenant, p_store, l.id FROM unnest(p_products) l (id) ORDER BY l.id ON CONFLICT DO NOTHING;
  WITH line AS (
    SELECT l.id AS product_id, e.version + l.n AS version, greatest(p_now, e.at) AS at
    FROM unnest(p_products) WITH ORDINALITY l (id, n)
    CROSS JOIN LATERAL (
      SELECT s.version, s.at FROM stock_ledger s WHERE s.tenant_id = p_tenant AND s.store_id = p_store OFFSET 0
    ) e
  ), ended AS (
    UPDATE stock_ledger e SET version = e.version + cardinality(p_products), at = greatest(p_now, e.at)
    WHERE e.tenant_id = p_tenant AND e.store_id = p_store
  ), changed AS (
    UPDATE stock s SET version = line.version, changed_at = line.at
    FROM line WHERE s.tenant_id = p_tenant AND s.store_id = p_store AND s.product_id = line.product_id
    RETURNING s.product_id, s.version, s.changed_at, s.on_hand, s.reserved, s.low, s.unit_cost, s.currency
  )
  INSERT INTO movement (tenant_id, store_id, version, at, product_id, kind, quantity, reserved_quantity, level,
    reserved, low, turned, reference_id, actor, unit_cost, currency)
  SELECT p_tenant, p_store, version, changed_at, product_id, 'EXPECTED', 0, 0, on_hand, reserved, low, false,
    p_reference, p_actor, unit_cost, currency
  FROM changed;
END
$$;
GRANT EXECUTE ON FUNCTION write_expected(uuid, timestamptz, uuid, uuid[], uuid, text) TO tillgraph_inventory;
