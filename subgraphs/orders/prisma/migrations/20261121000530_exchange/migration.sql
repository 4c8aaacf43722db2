-- Goods that came back for others. RUNNING: somebody carries it out until the lease ends, then anybody may go on;
-- SETTLED: the money is settled, from here it only goes on; REFUSED: it left nothing, and can be tried again.
CREATE TABLE "order_exchange" (
    "tenant_id" UUID NOT NULL,
    -- also that of what came back
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "new_order_id" UUID NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('RUNNING', 'SETTLED', 'DONE', 'REFUSED')),
    "fingerprint" TEXT NOT NULL,
    -- what came back is worth, and what of it pays the new order
    "worth" BIGINT NOT NULL CHECK (worth >= 0),
    "credit" BIGINT NOT NULL CHECK (credit BETWEEN 0 AND worth),
    -- what inventory knows the new goods by
    "stock_id" UUID NOT NULL,
    "content" JSONB NOT NULL,
    "change" BIGINT NOT NULL DEFAULT 0,
    "tips" BIGINT NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "order_exchange_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "order_exchange_order" FOREIGN KEY ("tenant_id", "order_id")
        REFERENCES "customer_order" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "order_exchange_of_order" ON "order_exchange" ("tenant_id", "order_id");
CREATE UNIQUE INDEX "order_exchange_new_order" ON "order_exchange" ("tenant_id", "new_order_id");
CREATE INDEX "order_exchange_cut_short" ON "order_exchange" ("leased_until", "tenant_id", "id")
    WHERE (state IN ('RUNNING', 'SETTLED'));
SELECT seal_table('order_exchange', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('order_exchange', 'SELECT');
