-- Cancelled and refunded orders of all stores, without sorting all there ever were.
CREATE INDEX "customer_order_rare_anywhere" ON "customer_order" ("tenant_id", "created_at", "id")
    WHERE (status IN ('CANCELLED', 'PARTLY_REFUNDED', 'REFUNDED'));
