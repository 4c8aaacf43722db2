-- what a store waits for, the soonest first: a few among all that it ever ordered
CREATE INDEX "purchase_order_awaited" ON "purchase_order" ("tenant_id", "store_id", "expected_on", "number")
    WHERE (state IN ('SENT', 'PARTLY_RECEIVED') AND expected_on IS NOT NULL);
