-- Goods that inventory keeps back for open orders, and until when. A job prolongs it for as long as an order is open.
CREATE TABLE "held_stock" (
    "tenant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    -- the id under which inventory knows them
    "stock_id" UUID NOT NULL,
    -- none where it ran out and what was kept back is gone
    "held_until" TIMESTAMPTZ(6),
    "look_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "held_stock_pkey" PRIMARY KEY ("tenant_id", "order_id"),
    CONSTRAINT "held_stock_order" FOREIGN KEY ("tenant_id", "order_id")
        REFERENCES "customer_order" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "held_stock_due" ON "held_stock" ("look_at", "tenant_id", "order_id");
SELECT seal_table('held_stock', 'SELECT', 'INSERT', 'UPDATE', 'DELETE');
SELECT seal_for_relay('held_stock', 'SELECT');

-- What was decided here and is still to be done elsewhere: written with the decision, deleted when it is done.
CREATE TABLE "loose_end" (
    "tenant_id" UUID NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('RELEASE_STOCK', 'VOID_PAYMENTS')),
    -- of the goods at inventory, or of the order at payments
    "subject_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "loose_end_pkey" PRIMARY KEY ("tenant_id", "kind", "subject_id")
);
CREATE INDEX "loose_end_due" ON "loose_end" ("due_at", "tenant_id", "kind", "subject_id");
CREATE INDEX "loose_end_of_order" ON "loose_end" ("tenant_id", "order_id");
SELECT seal_table('loose_end', 'SELECT', 'INSERT', 'UPDATE', 'DELETE');
SELECT seal_for_relay('loose_end', 'SELECT');

-- Completes sales that were claimed and whose goods and money are taken: the order with its number, or the open order
-- that was sold; and the event. Each sale is the next change of its store's orders. The outcome is SOLD, or GONE where the claim is no longer there to be completed.
CREATE OR REPLACE FUNCTION complete_sales(
  p_tenant uuid, p_now timestamptz, p_orders uuid[], p_changes bigint[], p_tips bigint[]
) RETURNS TABLE (number int, outcome text, order_number bigint, order_version int) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_sold selling[];
BEGIN
  WITH gone AS (
    DELETE FROM selling s WHERE s.tenant_id = p_tenant AND s.order_id = ANY (p_orders) AND s.state = 'SELLING' RETURNING s.*
  )
  SELECT array_agg(gone::selling ORDER BY gone.created_at, gone.order_id) INTO v_sold FROM gone;
  IF v_sold IS NOT NULL THEN
    IF EXISTS (SELECT FROM unnest(v_sold) s WHERE s.order_version IS NOT NULL) THEN
      DELETE FROM held_stock h WHERE h.tenant_id = p_tenant AND h.order_id IN (SELECT s.order_id FROM unnest(v_sold) s);
    END IF;
    INSERT INTO number_counter (tenant_id, store_id)
    SELECT DISTINCT p_tenant, s.store_id FROM unnest(v_sold) s
    WHERE NOT EXISTS (SELECT FROM number_counter c WHERE c.tenant_id = p_tenant AND c.store_id = s.store_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM number_counter c WHERE c.tenant_id = p_tenant
      AND c.store_id IN (SELECT s.store_id FROM unnest(v_sold) s)
    ORDER BY c.store_id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH sold AS MATERIALIZED (
      SELECT s.order_id, s.store_id, s.fingerprint, s.content, s.order_version,
        coalesce((s.content ->> 'heldStockId')::uuid, s.stock_id) AS stock_id,
        array_position(p_orders, s.order_id) AS n,
        row_number() OVER (PARTITION BY s.store_id, s.order_version IS NULL ORDER BY s.created_at, s.order_id) - 1 AS place,
        row_number() OVER (PARTITION BY s.store_id ORDER BY s.created_at, s.order_id) AS change
      FROM unnest(v_sold) s
    ), numbers AS (
      UPDATE number_counter c SET next = c.next + asked.numbers, changes = c.changes + asked.changes
      FROM (SELECT store_id, count(*) FILTER (WHERE order_version IS NULL) AS numbers, count(*) AS changes
        FROM sold GROUP BY store_id) asked
      WHERE c.tenant_id = p_tenant AND c.store_id = asked.store_id
      RETURNING c.store_id, c.next - asked.numbers AS first, c.changes - asked.changes AS changes
    ), made AS (
      INSERT INTO customer_order AS c
      SELECT r.* FROM sold JOIN numbers USING (store_id)
      CROSS JOIN LATERAL jsonb_populate_record(NULL::customer_order, sold.content -> 'order' || jsonb_build_object(
        'tenant_id', p_tenant, 'id', sold.order_id, 'store_id', sold.store_id, 'number', numbers.first + sold.place,
        'fingerprint', sold.fingerprint, 'stock_id', sold.stock_id, 'status', 'COMPLETED', 'completed_at', p_now,
        'change', p_changes[sold.n], 'tips', p_tips[sold.n], 'refunded', 0, 'version', 1,
        'change_version', numbers.changes + sold.change, 'changed_at', p_now)) r
      WHERE sold.order_version IS NULL
      RETURNING c.id, c.number, c.version
    ), changed AS (
      UPDATE customer_order c SET status = 'COMPLETED', completed_at = p_now, fingerprint = sold.fingerprint,
        stock_id = sold.stock_id, change = p_changes[sold.n], tips = p_tips[sold.n], version = c.version + 1,
        parked_at = NULL, register_id = r.register_id, cashier_id = r.cashier_id, business_date = r.business_date,
        cash_rounding = r.cash_rounding, change_version = numbers.changes + sold.change, changed_at = p_now,
        status_before = c.status
      FROM sold JOIN numbers USING (store_id) CROSS JOIN LATERAL jsonb_populate_record(NULL::customer_order, sold.content -> 'order') r
      WHERE sold.order_version IS NOT NULL AND c.tenant_id = p_tenant AND c.id = sold.order_id
        AND c.version = sold.order_version
      RETURNING c.id, c.number, c.version
    ), done AS MATERIALIZED (
      SELECT * FROM made UNION ALL SELECT * FROM changed
    ), told AS (
      INSERT INTO outbox (tenant_id, id, name, aggregate_id, payload)
      SELECT p_tenant, new_event_id(), 'orders.order.completed.v1', sold.order_id, sold.content -> 'event'
        || jsonb_build_object('number', done.number::text, 'tips', p_tips[sold.n]::text)
      FROM sold JOIN done ON done.id = sold.order_id
    )
    SELECT sold.n, 'SOLD', done.number, done.version FROM sold JOIN done ON done.id = sold.order_id;
  END IF;
END
$$;
