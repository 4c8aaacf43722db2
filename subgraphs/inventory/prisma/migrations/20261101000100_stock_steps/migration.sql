-- The steps that change stock: one statement each, for any number of orders of one tenant at once. They run with the
-- rights of their caller, so row-level security holds in them. Read docs/adr/0080 first.
--
-- Every step begins with lock_ledgers. From then on until it commits nobody else changes the stock of these stores:
-- what is read after it can be decided upon.
--
-- Their plans must not depend on statistics, for what was planned over an empty table is run over a full one until it
-- is analysed: each row is reached by its whole key, in a LATERAL that OFFSET 0 keeps from being turned into a join, or
-- by ON CONFLICT, which knows no other way.

-- A UUIDv7, for the events that these functions write.
CREATE FUNCTION new_event_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

-- Locks the ledgers of stores in the order of their ids; begins those that there are not yet.
CREATE FUNCTION lock_ledgers(p_tenant uuid, p_stores uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_stores uuid[] := ARRAY(SELECT DISTINCT s FROM unnest(p_stores) s WHERE s IS NOT NULL ORDER BY s);
  v_locked int;
BEGIN
  FOR attempt IN 1..2 LOOP
    SELECT count(*) INTO v_locked FROM (
      SELECT FROM stock_ledger WHERE tenant_id = p_tenant AND store_id = ANY (v_stores) ORDER BY store_id FOR NO KEY UPDATE
    ) locked;
    EXIT WHEN v_locked = cardinality(v_stores);
    INSERT INTO stock_ledger (tenant_id, store_id, at)
    SELECT p_tenant, s, '-infinity' FROM unnest(v_stores) s ORDER BY s
    ON CONFLICT DO NOTHING;
  END LOOP;
END
$$;

-- The average cost of a unit once goods have come: worked out exactly, rounded half up (costs are never negative).
CREATE FUNCTION moving_average(p_level bigint, p_average bigint, p_quantity bigint, p_cost bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_average IS NULL OR p_level <= 0 THEN p_cost
    ELSE div(2 * (p_level::numeric * p_average + p_quantity::numeric * p_cost) + p_level + p_quantity,
      2 * (p_level::numeric + p_quantity))::bigint
  END
$$;

-- Writes changes that were decided upon, in their order: levels, movements, the ledgers' ends, and the events. The
-- ledgers are locked. p_costs is null, or what the goods of each line cost.
CREATE FUNCTION write_movements(
  p_tenant uuid, p_now timestamptz, p_kind text, p_actor text, p_reason text, p_note text, p_offline boolean,
  p_stores uuid[], p_products uuid[], p_quantities bigint[], p_reserved bigint[], p_references uuid[],
  p_costs bigint[], p_currency text
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  WITH line AS MATERIALIZED (
    SELECT l.n, l.store_id, l.product_id, l.quantity, l.reserved AS reserved_quantity, l.reference_id, l.cost,
      ledger.version + row_number() OVER (PARTITION BY l.store_id ORDER BY l.n) AS version,
      greatest(p_now, ledger.at) AS at,
      coalesce(stock.on_hand, 0) AS level_before, coalesce(stock.reserved, 0) AS reserved_before,
      (coalesce(stock.on_hand, 0) + sum(l.quantity) OVER product)::bigint AS level,
      (coalesce(stock.reserved, 0) + sum(l.reserved) OVER product)::bigint AS reserved,
      stock.threshold, stock.oversold, stock.unit_cost, stock.currency
    FROM unnest(p_stores, p_products, p_quantities, p_reserved, p_references, p_costs)
      WITH ORDINALITY AS l (store_id, product_id, quantity, reserved, reference_id, cost, n)
    CROSS JOIN LATERAL (
      SELECT e.version, e.at FROM stock_ledger e WHERE e.tenant_id = p_tenant AND e.store_id = l.store_id OFFSET 0
    ) ledger
    LEFT JOIN LATERAL (
      SELECT * FROM stock s
      WHERE s.tenant_id = p_tenant AND s.store_id = l.store_id AND s.product_id = l.product_id OFFSET 0
    ) stock ON true
    WINDOW product AS (PARTITION BY l.store_id, l.product_id ORDER BY l.n)
  ), product AS MATERIALIZED (
    SELECT store_id, product_id, max(version) AS version, max(at) AS at, max(cost) AS cost, min(threshold) AS threshold,
      bool_or(oversold) AS oversold, min(unit_cost) AS unit_cost, min(currency) AS currency,
      sum(quantity)::bigint AS quantity, min(level_before) AS level_before,
      min(level_before) + sum(quantity)::bigint AS level,
      min(reserved_before) + sum(reserved_quantity)::bigint AS reserved,
      min(level_before) - min(reserved_before) AS available_before,
      min(level_before) - min(reserved_before) + sum(quantity - reserved_quantity)::bigint AS available
    FROM line GROUP BY store_id, product_id
  ), told AS (
    -- an event holds 200 products at the most
    SELECT *, (row_number() OVER (PARTITION BY store_id ORDER BY version) - 1) / 200 AS part FROM product
  ), changed AS (
    INSERT INTO stock (tenant_id, store_id, product_id, on_hand, reserved, version, changed_at, threshold, low,
      oversold, unit_cost, currency)
    SELECT p_tenant, store_id, product_id, level, reserved, version, at, threshold,
      threshold IS NOT NULL AND available <= threshold,
      -- only an offline sale may begin to be below zero; everything else may at most leave it there
      (p_offline OR coalesce(oversold, false)) AND available < 0,
      CASE WHEN cost IS NULL THEN unit_cost ELSE moving_average(level_before, unit_cost, quantity, cost) END,
      CASE WHEN cost IS NULL THEN currency ELSE p_currency END
    FROM product
    ON CONFLICT ON CONSTRAINT stock_pkey DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved,
      version = excluded.version, changed_at = excluded.changed_at, low = excluded.low, oversold = excluded.oversold,
      unit_cost = excluded.unit_cost, currency = excluded.currency
  ), moved AS (
    INSERT INTO movement (tenant_id, store_id, version, at, product_id, kind, quantity, reserved_quantity, level,
      reserved, low, turned, reason, note, reference_id, actor, unit_cost, currency)
    SELECT p_tenant, store_id, version, at, product_id, p_kind, quantity, reserved_quantity, level, reserved,
      coalesce(level - reserved <= threshold, false),
      coalesce((level - reserved <= threshold)
        <> (level - quantity - reserved + reserved_quantity <= threshold), false),
      p_reason, p_note, reference_id, p_actor, coalesce(cost, unit_cost),
      CASE WHEN cost IS NULL THEN currency ELSE p_currency END
    FROM line
  ), ended AS (
    INSERT INTO stock_ledger (tenant_id, store_id, version, at)
    SELECT p_tenant, store_id, max(version), max(at) FROM line GROUP BY store_id
    ON CONFLICT ON CONSTRAINT stock_ledger_pkey DO UPDATE SET version = excluded.version, at = excluded.at
  )
  INSERT INTO outbox (tenant_id, id, name, aggregate_id, payload)
  SELECT p_tenant, new_event_id(), 'inventory.stock.changed.v1', store_id, jsonb_build_object('storeId', store_id,
    'changes', jsonb_agg(jsonb_build_object('productId', product_id, 'kind', p_kind, 'level', level::text,
      'available', available::text, 'version', version::text) ORDER BY version))
  FROM told GROUP BY store_id, part
  UNION ALL
  SELECT p_tenant, new_event_id(), 'inventory.stock.low.v1', store_id, jsonb_build_object('storeId', store_id,
    'products', jsonb_agg(jsonb_build_object('productId', product_id, 'available', available::text,
      'threshold', threshold::text, 'version', version::text) ORDER BY version))
  FROM told WHERE available <= threshold AND available_before > threshold GROUP BY store_id, part;
END
$$;

-- Reserves (p_sell false) or sells stock for orders, each by itself: all lines or none, in the order given. Lines are
-- given per order from p_first to p_last, sorted by product, each product once; p_line_key says which of the distinct
-- (store, product) of p_key_… a line is of. The outcome is TAKEN; SHORT, with what is missing; DIFFERENT where the id
-- was used before for something else; HELD where a sale's goods are reserved already, so that they can be committed.
CREATE FUNCTION take_stock(
  p_tenant uuid, p_now timestamptz, p_sell boolean, p_offline boolean,
  p_orders uuid[], p_stores uuid[], p_expires timestamptz[], p_first int[], p_last int[],
  p_line_key int[], p_line_quantity bigint[], p_key_stores uuid[], p_key_products uuid[]
) RETURNS TABLE (number int, outcome text, expires_at timestamptz, shortages jsonb) LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  v_count int := cardinality(p_orders);
  v_outcomes text[] := array_fill(NULL::text, ARRAY[v_count]);
  v_expires timestamptz[] := p_expires;
  v_shortages jsonb[] := array_fill(NULL::jsonb, ARRAY[v_count]);
  v_written int;
  v_available bigint[];
  v_tracked boolean[];
  v_known record;
  v_fits boolean;
  v_key int;
  v_taken int[] := '{}';
BEGIN
  PERFORM lock_ledgers(p_tenant, p_stores);

  -- ids that were used before
  FOR v_known IN
    SELECT o.n::int AS n, r.*, r.store_id = p_stores[o.n]
      AND r.product_ids = ARRAY(SELECT p_key_products[k] FROM unnest(p_line_key[p_first[o.n]:p_last[o.n]])
        WITH ORDINALITY l (k, i) ORDER BY i)
      AND r.quantities = p_line_quantity[p_first[o.n]:p_last[o.n]] AS same
    FROM unnest(p_orders) WITH ORDINALITY o (id, n)
    CROSS JOIN LATERAL (
      SELECT * FROM reservation e WHERE e.tenant_id = p_tenant AND e.order_id = o.id OFFSET 0
    ) r
  LOOP
    IF v_known.same IS NOT TRUE OR v_known.state IN ('RELEASED', 'UNSOLD') THEN
      v_outcomes[v_known.n] := 'DIFFERENT';
    ELSIF v_known.state = 'COMMITTED' THEN
      v_outcomes[v_known.n] := 'TAKEN';
    ELSIF v_known.state = 'RESERVED' THEN
      v_outcomes[v_known.n] := CASE WHEN p_sell THEN 'HELD' ELSE 'TAKEN' END;
      v_expires[v_known.n] := v_known.expires_at;
    END IF;
  END LOOP;

  -- what there is, once for each product, and the orders against it one after another
  SELECT array_agg(coalesce((SELECT s.on_hand - s.reserved FROM stock s
      WHERE s.tenant_id = p_tenant AND s.store_id = k.store_id AND s.product_id = k.product_id), 0) ORDER BY k.n),
    array_agg(coalesce((SELECT p.tracked FROM product_setting p
      WHERE p.tenant_id = p_tenant AND p.product_id = k.product_id), true) ORDER BY k.n)
  INTO v_available, v_tracked
  FROM unnest(p_key_stores, p_key_products) WITH ORDINALITY k (store_id, product_id, n);

  FOR n IN 1..v_count LOOP
    CONTINUE WHEN v_outcomes[n] IS NOT NULL;
    v_fits := true;
    IF NOT p_offline THEN
      FOR l IN p_first[n]..p_last[n] LOOP
        v_key := p_line_key[l];
        IF v_available[v_key] < p_line_quantity[l] AND v_tracked[v_key] THEN
          v_fits := false;
          EXIT;
        END IF;
      END LOOP;
    END IF;
    IF v_fits THEN
      FOR l IN p_first[n]..p_last[n] LOOP
        v_key := p_line_key[l];
        v_available[v_key] := v_available[v_key] - p_line_quantity[l];
      END LOOP;
      v_outcomes[n] := 'TAKEN';
      v_taken := v_taken || n;
    ELSE
      v_outcomes[n] := 'SHORT';
      v_shortages[n] := (
        SELECT jsonb_agg(jsonb_build_object('productId', p_key_products[p_line_key[l]],
          'wanted', p_line_quantity[l]::text, 'available', v_available[p_line_key[l]]::text) ORDER BY l)
        FROM generate_series(p_first[n], p_last[n]) l
        WHERE v_tracked[p_line_key[l]] AND v_available[p_line_key[l]] < p_line_quantity[l]);
    END IF;
  END LOOP;

  IF cardinality(v_taken) > 0 THEN
    INSERT INTO reservation (tenant_id, order_id, store_id, state, product_ids, quantities, untracked, expires_at,
      created_at, settled_at)
    SELECT p_tenant, p_orders[t.n], p_stores[t.n], CASE WHEN p_sell THEN 'COMMITTED' ELSE 'RESERVED' END,
      array_agg(p_key_products[p_line_key[l]] ORDER BY l), p_line_quantity[p_first[t.n]:p_last[t.n]],
      coalesce(array_agg(p_key_products[p_line_key[l]] ORDER BY l) FILTER (WHERE NOT v_tracked[p_line_key[l]]), '{}'),
      CASE WHEN NOT p_sell THEN p_expires[t.n] END, p_now, CASE WHEN p_sell THEN p_now END
    FROM unnest(v_taken) t (n) CROSS JOIN LATERAL generate_series(p_first[t.n], p_last[t.n]) l
    GROUP BY t.n ORDER BY t.n
    ON CONFLICT ON CONSTRAINT reservation_pkey DO UPDATE SET state = excluded.state, untracked = excluded.untracked,
      expires_at = excluded.expires_at, created_at = excluded.created_at, settled_at = excluded.settled_at
    WHERE reservation.state = 'EXPIRED';
    GET DIAGNOSTICS v_written = ROW_COUNT;
    IF v_written < cardinality(v_taken) THEN
      RAISE EXCEPTION 'an order was used elsewhere in the same moment' USING ERRCODE = 'serialization_failure';
    END IF;
    PERFORM write_movements(p_tenant, p_now, CASE WHEN p_sell THEN 'SALE' ELSE 'RESERVED' END, NULL, NULL, NULL,
      p_offline, array_agg(p_key_stores[k] ORDER BY t.i, l), array_agg(p_key_products[k] ORDER BY t.i, l),
      array_agg(CASE WHEN p_sell THEN -p_line_quantity[l] ELSE 0 END ORDER BY t.i, l),
      array_agg(CASE WHEN p_sell THEN 0 ELSE p_line_quantity[l] END ORDER BY t.i, l),
      array_agg(p_orders[t.n] ORDER BY t.i, l), NULL, NULL)
    FROM unnest(v_taken) WITH ORDINALITY t (n, i)
    CROSS JOIN LATERAL generate_series(p_first[t.n], p_last[t.n]) l
    CROSS JOIN LATERAL (SELECT p_line_key[l] AS k) of_line
    WHERE v_tracked[k]
    HAVING count(*) > 0;
  END IF;

  RETURN QUERY
  SELECT n, v_outcomes[n], CASE WHEN p_sell THEN NULL ELSE v_expires[n] END, v_shortages[n]
  FROM generate_series(1, v_count) n;
END
$$;

-- What becomes of what was reserved or sold for orders. p_step COMMIT sells what is reserved, RELEASE gives it back,
-- EXPIRE gives back what is due, UNSELL undoes a sale or a reservation. The outcome is DONE; COMMITTED where it was
-- sold already and is to be released; EXPIRED; RETURNED where goods of the sale have come back; UNKNOWN.
-- changed_store is the store whose stock has changed by it.
CREATE FUNCTION settle_stock(p_tenant uuid, p_now timestamptz, p_step text, p_orders uuid[])
RETURNS TABLE (number int, outcome text, changed_store uuid) LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  v_count int := cardinality(p_orders);
  v_outcomes text[] := array_fill('UNKNOWN'::text, ARRAY[v_count]);
  v_state text := CASE p_step WHEN 'COMMIT' THEN 'COMMITTED' WHEN 'RELEASE' THEN 'RELEASED'
    WHEN 'UNSELL' THEN 'UNSOLD' WHEN 'EXPIRE' THEN 'EXPIRED' END;
  v_known record;
  v_held uuid[] := '{}';
  v_sold uuid[] := '{}';
  v_marked uuid[] := '{}';
  v_stores uuid[] := array_fill(NULL::uuid, ARRAY[v_count]);
  v_unknown uuid[];
  v_blocked int;
BEGIN
  PERFORM lock_ledgers(p_tenant, ARRAY(
    SELECT DISTINCT store_id FROM reservation WHERE tenant_id = p_tenant AND order_id = ANY (p_orders)));

  FOR v_known IN
    SELECT o.n::int AS n, r.order_id, r.store_id, r.state, r.expires_at,
      p_step = 'UNSELL' AND r.state = 'COMMITTED' AND EXISTS (SELECT FROM stock_return b
        WHERE b.tenant_id = p_tenant AND b.order_id = r.order_id) AS returned
    FROM unnest(p_orders) WITH ORDINALITY o (id, n)
    CROSS JOIN LATERAL (
      SELECT * FROM reservation e WHERE e.tenant_id = p_tenant AND e.order_id = o.id OFFSET 0
    ) r
    ORDER BY o.n
  LOOP
    v_outcomes[v_known.n] := 'DONE';
    IF v_known.state = 'RESERVED' THEN
      IF p_step = 'EXPIRE' AND v_known.expires_at > p_now THEN
        v_outcomes[v_known.n] := 'UNKNOWN';
      ELSE
        v_held := v_held || v_known.order_id;
        v_stores[v_known.n] := v_known.store_id;
      END IF;
    ELSIF v_known.state = 'COMMITTED' THEN
      IF p_step = 'UNSELL' AND NOT v_known.returned THEN
        v_sold := v_sold || v_known.order_id;
        v_stores[v_known.n] := v_known.store_id;
      ELSIF p_step <> 'COMMIT' THEN
        v_outcomes[v_known.n] := CASE WHEN v_known.returned THEN 'RETURNED' ELSE 'COMMITTED' END;
      END IF;
    ELSIF p_step = 'COMMIT' THEN
      v_outcomes[v_known.n] := CASE v_known.state WHEN 'EXPIRED' THEN 'EXPIRED' ELSE 'UNKNOWN' END;
    ELSIF v_known.state = 'EXPIRED' AND p_step <> 'EXPIRE' THEN
      -- the goods are free, and from now on the id is blocked
      v_marked := v_marked || v_known.order_id;
    END IF;
  END LOOP;

  IF p_step IN ('RELEASE', 'UNSELL') THEN
    v_unknown := ARRAY(SELECT p_orders[n] FROM generate_series(1, v_count) n WHERE v_outcomes[n] = 'UNKNOWN' ORDER BY 1);
    IF cardinality(v_unknown) > 0 THEN
      INSERT INTO reservation (tenant_id, order_id, state, product_ids, quantities, untracked, created_at, settled_at)
      SELECT p_tenant, id, v_state, '{}', '{}', '{}', p_now, p_now FROM unnest(v_unknown) id
      ON CONFLICT DO NOTHING;
      GET DIAGNOSTICS v_blocked = ROW_COUNT;
      IF v_blocked < cardinality(v_unknown) THEN
        RAISE EXCEPTION 'an order was reserved in the same moment' USING ERRCODE = 'serialization_failure';
      END IF;
      v_outcomes := array_replace(v_outcomes, 'UNKNOWN', 'DONE');
    END IF;
  END IF;

  IF cardinality(v_held) > 0 THEN
    PERFORM write_movements(p_tenant, p_now, CASE p_step WHEN 'COMMIT' THEN 'SALE' ELSE 'RELEASED' END, NULL, NULL,
      NULL, false, array_agg(l.store_id ORDER BY l.n), array_agg(l.product_id ORDER BY l.n),
      array_agg(CASE p_step WHEN 'COMMIT' THEN -l.quantity ELSE 0 END ORDER BY l.n),
      array_agg(-l.quantity ORDER BY l.n), array_agg(l.order_id ORDER BY l.n), NULL, NULL)
    FROM tracked_lines(p_tenant, v_held) l HAVING count(*) > 0;
  END IF;
  IF cardinality(v_sold) > 0 THEN
    PERFORM write_movements(p_tenant, p_now, 'SALE_UNDONE', NULL, NULL, NULL, false,
      array_agg(l.store_id ORDER BY l.n), array_agg(l.product_id ORDER BY l.n), array_agg(l.quantity ORDER BY l.n),
      array_agg(0::bigint ORDER BY l.n), array_agg(l.order_id ORDER BY l.n), NULL, NULL)
    FROM tracked_lines(p_tenant, v_sold) l HAVING count(*) > 0;
  END IF;
  UPDATE reservation SET state = v_state, expires_at = NULL, settled_at = p_now
  WHERE tenant_id = p_tenant AND order_id = ANY (v_held || v_sold || v_marked);

  RETURN QUERY SELECT n, v_outcomes[n], v_stores[n] FROM generate_series(1, v_count) n;
END
$$;

-- The lines of orders of which stock was kept, in the order given.
CREATE FUNCTION tracked_lines(p_tenant uuid, p_orders uuid[])
RETURNS TABLE (n bigint, order_id uuid, store_id uuid, product_id uuid, quantity bigint) LANGUAGE sql STABLE AS $$
  SELECT row_number() OVER (ORDER BY o.n, l.n), r.order_id, r.store_id, l.product_id, l.quantity
  FROM unnest(p_orders) WITH ORDINALITY o (id, n)
  CROSS JOIN LATERAL (
    SELECT * FROM reservation e WHERE e.tenant_id = p_tenant AND e.order_id = o.id OFFSET 0
  ) r
  CROSS JOIN LATERAL unnest(r.product_ids, r.quantities) WITH ORDINALITY l (product_id, quantity, n)
  WHERE l.product_id <> ALL (r.untracked)
$$;

-- Takes back goods of an order, at most what was sold and has not come back yet. The outcome is DONE, DIFFERENT where
-- the id was used before for something else, UNKNOWN where nothing was sold under the order, or TOO_MANY.
CREATE FUNCTION return_stock(
  p_tenant uuid, p_now timestamptz, p_return uuid, p_order uuid, p_store uuid, p_products uuid[], p_quantities bigint[],
  p_restock boolean
) RETURNS TABLE (outcome text, shortages jsonb) LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  v_sold reservation;
  v_known stock_return;
  v_shortages jsonb;
BEGIN
  PERFORM lock_ledgers(p_tenant, ARRAY[p_store,
    (SELECT store_id FROM reservation WHERE tenant_id = p_tenant AND order_id = p_order)]);

  SELECT * INTO v_known FROM stock_return WHERE tenant_id = p_tenant AND id = p_return;
  IF FOUND THEN
    RETURN QUERY SELECT CASE WHEN v_known.order_id = p_order AND v_known.store_id = p_store
      AND v_known.product_ids = p_products AND v_known.quantities = p_quantities AND v_known.restock = p_restock
      THEN 'DONE' ELSE 'DIFFERENT' END, NULL::jsonb;
    RETURN;
  END IF;
  SELECT * INTO v_sold FROM reservation WHERE tenant_id = p_tenant AND order_id = p_order AND state = 'COMMITTED';
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'UNKNOWN', NULL::jsonb;
    RETURN;
  END IF;

  SELECT jsonb_agg(jsonb_build_object('productId', wanted.product_id, 'wanted', wanted.quantity::text,
    'sold', (coalesce(sold.quantity, 0) - coalesce(back.quantity, 0))::text) ORDER BY wanted.product_id)
  INTO v_shortages
  FROM unnest(p_products, p_quantities) wanted (product_id, quantity)
  LEFT JOIN unnest(v_sold.product_ids, v_sold.quantities) sold (product_id, quantity) USING (product_id)
  LEFT JOIN (
    SELECT l.product_id, sum(l.quantity) AS quantity
    FROM stock_return r CROSS JOIN LATERAL unnest(r.product_ids, r.quantities) l (product_id, quantity)
    WHERE r.tenant_id = p_tenant AND r.order_id = p_order GROUP BY l.product_id
  ) back USING (product_id)
  WHERE wanted.quantity > coalesce(sold.quantity, 0) - coalesce(back.quantity, 0);
  IF v_shortages IS NOT NULL THEN
    RETURN QUERY SELECT 'TOO_MANY', v_shortages;
    RETURN;
  END IF;

  INSERT INTO stock_return (tenant_id, id, order_id, store_id, product_ids, quantities, restock, created_at)
  VALUES (p_tenant, p_return, p_order, p_store, p_products, p_quantities, p_restock, p_now);
  IF p_restock THEN
    PERFORM write_movements(p_tenant, p_now, 'RETURN', NULL, NULL, NULL, false,
      array_agg(p_store ORDER BY l.product_id), array_agg(l.product_id ORDER BY l.product_id),
      array_agg(l.quantity ORDER BY l.product_id), array_agg(0::bigint ORDER BY l.product_id),
      array_agg(p_return ORDER BY l.product_id), NULL, NULL)
    FROM unnest(p_products, p_quantities) l (product_id, quantity)
    WHERE l.product_id <> ALL (v_sold.untracked) HAVING count(*) > 0;
  END IF;
  RETURN QUERY SELECT 'DONE', NULL::jsonb;
END
$$;

-- Moves stock of one store by hand, by a count or by goods that came: all lines or none, each product once. The
-- outcome is DONE; SHORT, with what is missing; MOVED where an opening comes after something else.
CREATE FUNCTION move_stock(
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
    AND product_id = ANY (p_products) AND kind <> 'THRESHOLD')
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

-- Says from how few on a product is low, and puts that on the ledger, so that whoever listens hears of it.
CREATE FUNCTION set_threshold(
  p_tenant uuid, p_now timestamptz, p_store uuid, p_product uuid, p_threshold bigint, p_actor text
) RETURNS void LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  PERFORM lock_ledgers(p_tenant, ARRAY[p_store]);
  INSERT INTO stock (tenant_id, store_id, product_id) VALUES (p_tenant, p_store, p_product) ON CONFLICT DO NOTHING;
  WITH before AS (
    SELECT s.threshold, s.low, l.version, l.at FROM stock s JOIN stock_ledger l USING (tenant_id, store_id)
    WHERE s.tenant_id = p_tenant AND s.store_id = p_store AND s.product_id = p_product
      AND s.threshold IS DISTINCT FROM p_threshold
  ), ended AS (
    UPDATE stock_ledger l SET version = l.version + 1, at = greatest(p_now, l.at)
    FROM before WHERE l.tenant_id = p_tenant AND l.store_id = p_store
  ), changed AS (
    UPDATE stock s SET threshold = p_threshold, version = before.version + 1, changed_at = greatest(p_now, before.at),
      low = p_threshold IS NOT NULL AND s.on_hand - s.reserved <= p_threshold
    FROM before WHERE s.tenant_id = p_tenant AND s.store_id = p_store AND s.product_id = p_product
    RETURNING s.on_hand, s.reserved, s.version, s.changed_at, s.threshold, s.low, before.low AS was_low, s.unit_cost,
      s.currency
  ), moved AS (
    INSERT INTO movement (tenant_id, store_id, version, at, product_id, kind, quantity, reserved_quantity, level,
      reserved, low, turned, actor, unit_cost, currency)
    SELECT p_tenant, p_store, version, changed_at, p_product, 'THRESHOLD', 0, 0, on_hand, reserved, low,
      low <> was_low, p_actor, unit_cost, currency
    FROM changed
  )
  INSERT INTO outbox (tenant_id, id, name, aggregate_id, payload)
  SELECT p_tenant, new_event_id(), 'inventory.stock.low.v1', p_store, jsonb_build_object('storeId', p_store,
    'products', jsonb_build_array(jsonb_build_object('productId', p_product, 'available', (on_hand - reserved)::text,
      'threshold', threshold::text, 'version', version::text)))
  FROM changed WHERE low AND NOT was_low;
END
$$;

-- The level of products as it was at an instant: what the last movement until then has left.
CREATE FUNCTION stock_at(p_tenant uuid, p_stores uuid[], p_products uuid[], p_instants timestamptz[])
RETURNS TABLE (n bigint, level bigint, reserved bigint, version bigint) LANGUAGE sql STABLE AS $$
  SELECT asked.n, last.level, last.reserved, last.version
  FROM unnest(p_stores, p_products, p_instants) WITH ORDINALITY asked (store_id, product_id, instant, n)
  CROSS JOIN LATERAL (
    SELECT m.level, m.reserved, m.version FROM movement m
    WHERE m.tenant_id = p_tenant AND m.store_id = asked.store_id AND m.product_id = asked.product_id
      AND m.at <= asked.instant
    ORDER BY m.at DESC, m.version DESC LIMIT 1
  ) last
$$;

-- Makes the partitions of a month and of those after it, where they are missing. Rows that went to the default
-- partition meanwhile move along.
CREATE FUNCTION make_movement_partitions(p_from date, p_months int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = inventory, extensions, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  v_begin date;
  v_name text;
  v_made int := 0;
BEGIN
  IF p_months NOT BETWEEN 1 AND 60 THEN
    RAISE EXCEPTION 'between 1 and 60 months are made at once, not %', p_months;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('inventory.make_movement_partitions'));
  FOR i IN 0..p_months - 1 LOOP
    v_begin := (date_trunc('month', p_from::timestamp) + make_interval(months => i))::date;
    v_name := 'movement_' || to_char(v_begin, 'YYYY_MM');
    CONTINUE WHEN to_regclass('inventory.' || v_name) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I (LIKE movement INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_name);
    EXECUTE format('WITH away AS (DELETE FROM movement_other WHERE at >= %L AND at < %L RETURNING *) '
      'INSERT INTO %I SELECT * FROM away', v_begin || ' 00:00+00', (v_begin + interval '1 month')::date || ' 00:00+00',
      v_name);
    EXECUTE format('ALTER TABLE movement ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', v_name,
      v_begin || ' 00:00+00', (v_begin + interval '1 month')::date || ' 00:00+00');
    v_made := v_made + 1;
  END LOOP;
  RETURN v_made;
END
$$;

GRANT EXECUTE ON FUNCTION new_event_id, lock_ledgers, moving_average, write_movements, take_stock, settle_stock,
  tracked_lines, return_stock, move_stock, set_threshold, stock_at TO tillgraph_inventory;
GRANT EXECUTE ON FUNCTION make_movement_partitions TO tillgraph_inventory_relay;

SELECT make_movement_partitions(current_date, 3);
