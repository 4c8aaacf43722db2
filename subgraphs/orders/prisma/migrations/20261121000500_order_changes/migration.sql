-- Every change of a store's orders has a version: 1, 2, 3 …, in the order of commits. See docs/adr/0151.

-- whoever takes a number or a version holds the store's row until the commit
ALTER TABLE "number_counter" ADD COLUMN "changes" BIGINT NOT NULL DEFAULT 0 CHECK (changes >= 0);

-- the version of an order's last change, when that was, and what the order was before
ALTER TABLE "customer_order" ADD COLUMN "change_version" BIGINT,
    ADD COLUMN "changed_at" TIMESTAMPTZ(6),
    ADD COLUMN "status_before" TEXT;

ALTER TABLE "customer_order" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "number_counter" NO FORCE ROW LEVEL SECURITY;
WITH numbered AS (
  SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id, store_id ORDER BY created_at, id) AS change_version
  FROM customer_order
)
UPDATE customer_order o SET change_version = numbered.change_version,
  changed_at = coalesce(o.completed_at, o.cancelled_at, o.created_at)
FROM numbered WHERE numbered.tenant_id = o.tenant_id AND numbered.id = o.id;
INSERT INTO number_counter AS c (tenant_id, store_id, changes)
SELECT tenant_id, store_id, count(*) FROM customer_order GROUP BY tenant_id, store_id
ON CONFLICT (tenant_id, store_id) DO UPDATE SET changes = excluded.changes;
ALTER TABLE "customer_order" FORCE ROW LEVEL SECURITY;
ALTER TABLE "number_counter" FORCE ROW LEVEL SECURITY;

ALTER TABLE "customer_order" ALTER COLUMN "change_version" SET NOT NULL, ALTER COLUMN "changed_at" SET NOT NULL;
CREATE UNIQUE INDEX "customer_order_changes" ON "customer_order" ("tenant_id", "store_id", "change_version");

-- Orders as they were after changes that others have followed. Kept for a day, for whoever was cut off meanwhile.
CREATE TABLE "order_before" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "change_version" BIGINT NOT NULL,
    -- the row of customer_order as it was
    "facts" JSONB NOT NULL,
    "changed_at" TIMESTAMPTZ(6) NOT NULL,
    "superseded_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "order_before_pkey" PRIMARY KEY ("tenant_id", "store_id", "change_version")
);
CREATE INDEX "order_before_superseded" ON "order_before" ("superseded_at");
SELECT seal_table('order_before', 'SELECT', 'INSERT');
SELECT seal_for_relay('order_before', 'SELECT', 'DELETE');

-- Whoever writes an order makes the next change of its store, in whatever way it is written. complete_sales, which
-- writes most of them, takes the versions of a whole batch at once.
CREATE FUNCTION take_change_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO number_counter AS c (tenant_id, store_id, changes) VALUES (NEW.tenant_id, NEW.store_id, 1)
  ON CONFLICT (tenant_id, store_id) DO UPDATE SET changes = c.changes + 1 RETURNING changes INTO NEW.change_version;
  NEW.changed_at := clock_timestamp();
  IF TG_OP = 'UPDATE' THEN
    NEW.status_before := OLD.status;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "customer_order_begun" BEFORE INSERT ON "customer_order"
    FOR EACH ROW WHEN (NEW.change_version IS NULL) EXECUTE FUNCTION take_change_version();
CREATE TRIGGER "customer_order_followed" BEFORE UPDATE ON "customer_order"
    FOR EACH ROW WHEN (NEW.version <> OLD.version AND NEW.change_version = OLD.change_version)
    EXECUTE FUNCTION take_change_version();

CREATE FUNCTION keep_order_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO order_before (tenant_id, store_id, change_version, facts, changed_at, superseded_at)
  VALUES (OLD.tenant_id, OLD.store_id, OLD.change_version, to_jsonb(OLD), OLD.changed_at, clock_timestamp());
  RETURN NULL;
END
$$;
CREATE TRIGGER "customer_order_kept" AFTER UPDATE ON "customer_order"
    FOR EACH ROW WHEN (NEW.change_version <> OLD.change_version) EXECUTE FUNCTION keep_order_before();

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
    INSERT INTO number_counter (tenant_id, store_id)
    SELECT DISTINCT p_tenant, s.store_id FROM unnest(v_sold) s
    WHERE NOT EXISTS (SELECT FROM number_counter c WHERE c.tenant_id = p_tenant AND c.store_id = s.store_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM number_counter c WHERE c.tenant_id = p_tenant
      AND c.store_id IN (SELECT s.store_id FROM unnest(v_sold) s)
    ORDER BY c.store_id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH sold AS MATERIALIZED (
      SELECT s.order_id, s.store_id, s.fingerprint, s.stock_id, s.content, s.order_version,
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
