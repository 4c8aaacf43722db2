-- What was sold, by day of trade: docs/adr/0145 says why reports read figures that follow the sales by a moment, and not
-- the orders.

-- Sales, returns and cancellations that the figures do not hold yet. A row is written in the transaction of the fact, and
-- deleted in the transaction that adds it to the figures: each counts once, whatever breaks.
CREATE TABLE "unreported" (
    "tenant_id" UUID NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('SALE', 'RETURN', 'CANCELLATION')),
    "fact_id" UUID NOT NULL,

    CONSTRAINT "unreported_pkey" PRIMARY KEY ("tenant_id", "kind", "fact_id")
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
SELECT seal_table('unreported', 'SELECT', 'INSERT', 'DELETE');
SELECT seal_for_relay('unreported', 'SELECT');

-- What a store sold on a day of trade: all of it (DAY), or what belongs to one hour, cashier, customer, category,
-- product or tax. Amounts are minor units of the store's currency, quantities thousandths.
CREATE TABLE "sales_figure" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "dimension" TEXT NOT NULL CHECK (dimension IN ('DAY', 'HOUR', 'CASHIER', 'CUSTOMER', 'CATEGORY', 'PRODUCT', 'TAX')),
    "business_date" DATE NOT NULL,
    -- the id of what it is of, the hour, or the tax; '' for a whole day and for nobody and nothing
    "subject" TEXT NOT NULL,
    "orders" BIGINT NOT NULL CHECK (orders >= 0),
    "lines" BIGINT NOT NULL CHECK (lines >= 0),
    "quantity" BIGINT NOT NULL CHECK (quantity >= 0),
    "gross" BIGINT NOT NULL CHECK (gross >= 0),
    "discount" BIGINT NOT NULL CHECK (discount >= 0),
    "net" BIGINT NOT NULL CHECK (net >= 0),
    "tax" BIGINT NOT NULL CHECK (tax >= 0),
    "total" BIGINT NOT NULL CHECK (total >= 0),
    "cash_rounding" BIGINT NOT NULL,
    "tips" BIGINT NOT NULL CHECK (tips >= 0),
    "returns" BIGINT NOT NULL CHECK (returns >= 0),
    "returned_quantity" BIGINT NOT NULL CHECK (returned_quantity >= 0),
    "returned_net" BIGINT NOT NULL CHECK (returned_net >= 0),
    "returned_tax" BIGINT NOT NULL,
    "returned_total" BIGINT NOT NULL CHECK (returned_total >= 0),
    "refunded" BIGINT NOT NULL CHECK (refunded >= 0),
    "cancelled" BIGINT NOT NULL CHECK (cancelled >= 0),

    CONSTRAINT "sales_figure_pkey" PRIMARY KEY ("tenant_id", "store_id", "dimension", "business_date", "subject")
) WITH (fillfactor = 80);
-- the best of one day, without reading all that was sold on it
CREATE INDEX "sales_figure_best" ON "sales_figure" ("tenant_id", "store_id", "dimension", "business_date", "total", "subject")
    WHERE (dimension IN ('PRODUCT', 'CUSTOMER'));
SELECT seal_table('sales_figure', 'SELECT', 'INSERT', 'UPDATE');

-- Whoever makes or sells an order notes it here, in whatever way it is sold.
CREATE FUNCTION note_made_orders() RETURNS trigger LANGUAGE plpgsql SET search_path = orders, pg_temp AS $$
BEGIN
  INSERT INTO unreported (tenant_id, kind, fact_id)
  SELECT tenant_id, 'SALE', id FROM made WHERE completed_at IS NOT NULL ORDER BY id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER "customer_order_made" AFTER INSERT ON "customer_order"
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION note_made_orders();

CREATE FUNCTION note_changed_orders() RETURNS trigger LANGUAGE plpgsql SET search_path = orders, pg_temp AS $$
BEGIN
  INSERT INTO unreported (tenant_id, kind, fact_id)
  SELECT now.tenant_id, CASE WHEN now.completed_at IS NULL THEN 'CANCELLATION' ELSE 'SALE' END, now.id
  FROM changed now JOIN before USING (tenant_id, id)
  WHERE now.completed_at IS NOT NULL AND before.completed_at IS NULL
    OR now.cancelled_at IS NOT NULL AND before.cancelled_at IS NULL
  ORDER BY now.id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER "customer_order_changed" AFTER UPDATE ON "customer_order"
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_orders();

CREATE FUNCTION note_return() RETURNS trigger LANGUAGE plpgsql SET search_path = orders, pg_temp AS $$
BEGIN
  INSERT INTO unreported (tenant_id, kind, fact_id) VALUES (NEW.tenant_id, 'RETURN', NEW.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER "order_return_begun" AFTER INSERT ON "order_return"
    FOR EACH ROW WHEN (NEW.state = 'RETURNED') EXECUTE FUNCTION note_return();
CREATE TRIGGER "order_return_settled" AFTER UPDATE ON "order_return"
    FOR EACH ROW WHEN (NEW.state = 'RETURNED' AND OLD.state <> 'RETURNED') EXECUTE FUNCTION note_return();

-- What was sold before there were figures.
ALTER TABLE "customer_order" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "order_return" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "unreported" NO FORCE ROW LEVEL SECURITY;
INSERT INTO "unreported" (tenant_id, kind, fact_id)
SELECT tenant_id, CASE WHEN completed_at IS NULL THEN 'CANCELLATION' ELSE 'SALE' END, id FROM "customer_order"
WHERE completed_at IS NOT NULL OR cancelled_at IS NOT NULL
UNION ALL SELECT tenant_id, 'RETURN', id FROM "order_return" WHERE state = 'RETURNED';
ALTER TABLE "customer_order" FORCE ROW LEVEL SECURITY;
ALTER TABLE "order_return" FORCE ROW LEVEL SECURITY;
ALTER TABLE "unreported" FORCE ROW LEVEL SECURITY;
