-- Keeps back for one order exactly these goods until then, whatever was kept back for it before: all or none, and where
-- it is none, what was kept back stays so. Products are given sorted, each once. Only what differs moves. The outcome is
-- TAKEN, also where these very goods are sold to the order already; SHORT, with what is missing; DIFFERENT where the id
-- was used for something else, or released.
CREATE FUNCTION hold_stock(
  p_tenant uuid, p_now timestamptz, p_order uuid, p_store uuid, p_expires timestamptz, p_products uuid[],
  p_quantities bigint[]
) RETURNS TABLE (outcome text, expires_at timestamptz, shortages jsonb) LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  v_known reservation;
  v_untracked uuid[];
  v_step record;
BEGIN
  PERFORM lock_ledgers(p_tenant, ARRAY[p_store]);
  SELECT * INTO v_known FROM reservation r WHERE r.tenant_id = p_tenant AND r.order_id = p_order;
  IF v_known.state = 'COMMITTED' AND v_known.store_id = p_store AND v_known.product_ids = p_products
    AND v_known.quantities = p_quantities THEN
    RETURN QUERY SELECT 'TAKEN', NULL::timestamptz, NULL::jsonb;
    RETURN;
  END IF;
  IF v_known.order_id IS NOT NULL AND (v_known.state NOT IN ('RESERVED', 'EXPIRED') OR v_known.store_id <> p_store) THEN
    RETURN QUERY SELECT 'DIFFERENT', NULL::timestamptz, NULL::jsonb;
    RETURN;
  END IF;

  v_untracked := ARRAY(SELECT w.id FROM unnest(p_products) w (id) JOIN product_setting s
    ON s.tenant_id = p_tenant AND s.product_id = w.id AND NOT s.tracked ORDER BY w.id);
  FOR v_step IN
    WITH wanted AS (
      SELECT w.product_id, w.quantity FROM unnest(p_products, p_quantities) w (product_id, quantity)
      WHERE w.product_id <> ALL (v_untracked)
    ), held AS (
      SELECT h.product_id, h.quantity FROM unnest(v_known.product_ids, v_known.quantities) h (product_id, quantity)
      WHERE v_known.state = 'RESERVED' AND h.product_id <> ALL (v_known.untracked)
    ), line AS (
      SELECT product_id, wanted.quantity AS wanted, coalesce(held.quantity, 0) AS held,
        coalesce(wanted.quantity, 0) - coalesce(held.quantity, 0) AS more
      FROM wanted FULL JOIN held USING (product_id)
    ), judged AS (
      SELECT line.*, coalesce(s.on_hand - s.reserved, 0) AS available
      FROM line LEFT JOIN LATERAL (
        SELECT * FROM stock e
        WHERE e.tenant_id = p_tenant AND e.store_id = p_store AND e.product_id = line.product_id OFFSET 0
      ) s ON true
      WHERE more <> 0
    )
    SELECT jsonb_agg(jsonb_build_object('productId', product_id, 'wanted', wanted::text,
        'available', (available + held)::text) ORDER BY product_id) FILTER (WHERE more > available AND more > 0) AS short,
      array_agg(product_id ORDER BY product_id) FILTER (WHERE more > 0) AS taken,
      array_agg(more::bigint ORDER BY product_id) FILTER (WHERE more > 0) AS taken_quantities,
      array_agg(product_id ORDER BY product_id) FILTER (WHERE more < 0) AS freed,
      array_agg(more::bigint ORDER BY product_id) FILTER (WHERE more < 0) AS freed_quantities
    FROM judged
  LOOP
    IF v_step.short IS NOT NULL THEN
      RETURN QUERY SELECT 'SHORT', NULL::timestamptz, v_step.short;
      RETURN;
    END IF;
    INSERT INTO reservation (tenant_id, order_id, store_id, state, product_ids, quantities, untracked, expires_at,
      created_at)
    VALUES (p_tenant, p_order, p_store, 'RESERVED', p_products, p_quantities, v_untracked, p_expires, p_now)
    ON CONFLICT ON CONSTRAINT reservation_pkey DO UPDATE SET state = 'RESERVED', product_ids = excluded.product_ids,
      quantities = excluded.quantities, untracked = excluded.untracked, expires_at = excluded.expires_at,
      settled_at = NULL;
    IF v_step.freed IS NOT NULL THEN
      PERFORM write_movements(p_tenant, p_now, 'RELEASED', NULL, NULL, NULL, false,
        array_fill(p_store, ARRAY[cardinality(v_step.freed)]), v_step.freed,
        array_fill(0::bigint, ARRAY[cardinality(v_step.freed)]), v_step.freed_quantities,
        array_fill(p_order, ARRAY[cardinality(v_step.freed)]), NULL, NULL);
    END IF;
    IF v_step.taken IS NOT NULL THEN
      PERFORM write_movements(p_tenant, p_now, 'RESERVED', NULL, NULL, NULL, false,
        array_fill(p_store, ARRAY[cardinality(v_step.taken)]), v_step.taken,
        array_fill(0::bigint, ARRAY[cardinality(v_step.taken)]), v_step.taken_quantities,
        array_fill(p_order, ARRAY[cardinality(v_step.taken)]), NULL, NULL);
    END IF;
  END LOOP;
  RETURN QUERY SELECT 'TAKEN', p_expires, NULL::jsonb;
END
$$;
GRANT EXECUTE ON FUNCTION hold_stock TO tillgraph_inventory;
