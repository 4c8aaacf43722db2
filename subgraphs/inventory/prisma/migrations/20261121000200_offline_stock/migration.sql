-- Stock that is set aside for a till, so that it can sell it while it is cut off, and what was sold beyond all stock.
-- docs/adr/0137 and 0138.

-- Its lines lie in the row, by product id: they are read and written whole. While it is ACTIVE, quantities less sold are
-- part of what is reserved in `stock`.
CREATE TABLE "stock_lease" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('ACTIVE', 'RETURNED', 'EXPIRED')),
    "fingerprint" TEXT NOT NULL,
    "product_ids" UUID[] NOT NULL,
    "quantities" BIGINT[] NOT NULL,
    "sold" BIGINT[] NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "created_by" UUID,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "stock_lease_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "stock_lease_lines" CHECK (cardinality(product_ids) = cardinality(quantities)
        AND cardinality(sold) = cardinality(quantities) AND 0 < ALL (quantities) AND 0 <= ALL (sold)),
    CONSTRAINT "stock_lease_ended" CHECK ((state = 'ACTIVE') = (ended_at IS NULL))
);
CREATE INDEX "stock_lease_due" ON "stock_lease" ("expires_at", "tenant_id", "id") WHERE (state = 'ACTIVE');
CREATE INDEX "stock_lease_of_register" ON "stock_lease" ("tenant_id", "register_id", "created_at", "id");
CREATE INDEX "stock_lease_of_store" ON "stock_lease" ("tenant_id", "store_id", "created_at", "id");
SELECT seal_table('stock_lease', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('stock_lease', 'SELECT');

-- What a till that was cut off has sold although it was not there.
CREATE TABLE "oversold_incident" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "cashier_id" UUID,
    "quantity" BIGINT NOT NULL CHECK (quantity > 0),
    -- how much of it was not there
    "short" BIGINT NOT NULL CHECK (short BETWEEN 1 AND quantity),
    "taken_at" TIMESTAMPTZ(6) NOT NULL,
    "raised_at" TIMESTAMPTZ(6) NOT NULL,
    "resolution" TEXT CHECK (resolution IN ('COUNTED', 'RESTOCKED', 'DELIVERED_LATER', 'REPLACED', 'REFUNDED', 'OTHER')),
    "note" TEXT,
    "resolved_at" TIMESTAMPTZ(6),
    "resolved_by" UUID,

    CONSTRAINT "oversold_incident_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "oversold_incident_resolved" CHECK ((resolution IS NULL) = (resolved_at IS NULL)
        AND (resolution IS NULL) = (note IS NULL))
);
-- one sale is short of a product once
CREATE UNIQUE INDEX "oversold_incident_of_sale" ON "oversold_incident" ("tenant_id", "order_id", "product_id");
CREATE INDEX "oversold_incident_of_store" ON "oversold_incident" ("tenant_id", "store_id", "raised_at", "id");
CREATE INDEX "oversold_incident_open" ON "oversold_incident" ("tenant_id", "store_id", "raised_at", "id")
    WHERE (resolution IS NULL);
SELECT seal_table('oversold_incident', 'SELECT', 'INSERT', 'UPDATE');
