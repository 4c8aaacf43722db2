-- The orders of one till, without reading all that other tills have sold since. What is sold at no till costs nothing here.
CREATE INDEX "customer_order_of_register" ON "customer_order" ("tenant_id", "register_id", "created_at", "id")
    WHERE (register_id IS NOT NULL);
