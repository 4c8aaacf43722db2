-- Stock as a ledger of movements per store, the level beside it, reservations of orders, counts and purchases.
-- docs/adr/0080 says why one row per store orders all of its movements.

-- What inventory keeps of identity's stores.
CREATE TABLE "store" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),

    CONSTRAINT "store_pkey" PRIMARY KEY ("tenant_id", "id")
);
SELECT seal_table('store', 'SELECT', 'INSERT');

-- What is said of a product beyond the rule that its stock is kept; most products have no row.
CREATE TABLE "product_setting" (
    "tenant_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "tracked" BOOLEAN NOT NULL,

    CONSTRAINT "product_setting_pkey" PRIMARY KEY ("tenant_id", "product_id")
);
SELECT seal_table('product_setting', 'SELECT', 'INSERT', 'UPDATE');

-- The end of each store's ledger: whoever changes its stock locks this row first, so that versions are in the order of
-- commits, without gaps, and no two changes can wait for each other.
CREATE TABLE "stock_ledger" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 0 CHECK (version >= 0),
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "stock_ledger_pkey" PRIMARY KEY ("tenant_id", "store_id")
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
SELECT seal_table('stock_ledger', 'SELECT', 'INSERT', 'UPDATE');

-- What a store has of a product. No index holds a column that a sale changes, so that an update stays on its page.
CREATE TABLE "stock" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "on_hand" BIGINT NOT NULL DEFAULT 0,
    "reserved" BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    "version" BIGINT NOT NULL DEFAULT 0,
    "changed_at" TIMESTAMPTZ(6),
    "threshold" BIGINT CHECK (threshold >= 0),
    "low" BOOLEAN NOT NULL DEFAULT false,
    "oversold" BOOLEAN NOT NULL DEFAULT false,
    -- thousandths of the currency's smallest unit, for one whole unit of the product
    "unit_cost" BIGINT CHECK (unit_cost >= 0),
    "currency" CHAR(3) CHECK (currency ~ '^[A-Z]{3}$'),

    CONSTRAINT "stock_pkey" PRIMARY KEY ("tenant_id", "store_id", "product_id"),
    -- more may be promised or gone than is there only where an offline till has sold it
    CONSTRAINT "stock_not_below_zero" CHECK (oversold = (on_hand < reserved)),
    CONSTRAINT "stock_low" CHECK (low = (threshold IS NOT NULL AND on_hand - reserved <= threshold)),
    CONSTRAINT "stock_cost_currency" CHECK ((unit_cost IS NULL) = (currency IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX "stock_which_is_low" ON "stock" ("tenant_id", "store_id", "product_id") WHERE (low);
CREATE INDEX "stock_below_zero" ON "stock" ("tenant_id", "store_id", "product_id") WHERE (oversold);
SELECT seal_table('stock', 'SELECT', 'INSERT', 'UPDATE');

-- Every change of a stock, by month. `at` never runs against `version` within a store. No foreign key leads from here
-- to stock: the function that writes both is the only writer, and a check per row would cost as much as the row.
CREATE TABLE "movement" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "version" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "product_id" UUID NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('OPENING', 'ADJUSTMENT', 'SALE', 'SALE_UNDONE', 'RETURN', 'RECEIPT', 'COUNT',
        'RESERVED', 'RELEASED', 'THRESHOLD', 'TRANSFER_OUT', 'TRANSFER_IN')),
    "quantity" BIGINT NOT NULL,
    "reserved_quantity" BIGINT NOT NULL,
    "level" BIGINT NOT NULL,
    "reserved" BIGINT NOT NULL,
    -- whether it was low afterwards, and whether it was this that made it so or mended it
    "low" BOOLEAN NOT NULL,
    "turned" BOOLEAN NOT NULL,
    "reason" TEXT CHECK (reason IN ('DAMAGED', 'EXPIRED', 'LOST', 'STOLEN', 'FOUND', 'SAMPLE', 'INTERNAL_USE',
        'CORRECTION', 'OTHER')),
    "note" TEXT,
    "reference_id" UUID,
    "actor" TEXT,
    "unit_cost" BIGINT,
    "currency" CHAR(3) CHECK (currency ~ '^[A-Z]{3}$'),

    CONSTRAINT "movement_pkey" PRIMARY KEY ("tenant_id", "store_id", "version", "at"),
    CONSTRAINT "movement_reason" CHECK ((reason IS NOT NULL) = (kind = 'ADJUSTMENT')),
    CONSTRAINT "movement_cost_currency" CHECK ((unit_cost IS NULL) = (currency IS NULL))
) PARTITION BY RANGE ("at");
CREATE INDEX "movement_of_product" ON "movement" ("tenant_id", "store_id", "product_id", "at", "version");
SELECT seal_table('movement', 'SELECT', 'INSERT');

-- Takes what no month was made for; empty in the ordinary case.
CREATE TABLE "movement_other" PARTITION OF "movement" DEFAULT;

-- What is known of an order's stock. Its lines lie in the row, by product id: they are read and compared whole.
CREATE TABLE "reservation" (
    "tenant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "store_id" UUID,
    "state" TEXT NOT NULL CHECK (state IN ('RESERVED', 'COMMITTED', 'RELEASED', 'EXPIRED', 'UNSOLD')),
    "product_ids" UUID[] NOT NULL,
    "quantities" BIGINT[] NOT NULL,
    -- of these, what no stock was kept of at the time
    "untracked" UUID[] NOT NULL,
    "expires_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "settled_at" TIMESTAMPTZ(6),

    CONSTRAINT "reservation_pkey" PRIMARY KEY ("tenant_id", "order_id"),
    CONSTRAINT "reservation_lines" CHECK (cardinality(product_ids) = cardinality(quantities)
        AND 0 < ALL (quantities)),
    CONSTRAINT "reservation_store" CHECK (store_id IS NOT NULL OR state IN ('RELEASED', 'UNSOLD')),
    CONSTRAINT "reservation_expiry" CHECK ((state = 'RESERVED') = (expires_at IS NOT NULL))
);
CREATE INDEX "reservation_due" ON "reservation" ("expires_at", "tenant_id", "order_id") WHERE (state = 'RESERVED');
SELECT seal_table('reservation', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('reservation', 'SELECT');

-- Goods that came back for an order, on the shelf or not.
CREATE TABLE "stock_return" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "product_ids" UUID[] NOT NULL,
    "quantities" BIGINT[] NOT NULL,
    "restock" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "stock_return_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "stock_return_order" FOREIGN KEY ("tenant_id", "order_id")
        REFERENCES "reservation" ("tenant_id", "order_id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "stock_return_lines" CHECK (cardinality(product_ids) = cardinality(quantities)
        AND 0 < ALL (quantities))
);
CREATE INDEX "stock_return_of_order" ON "stock_return" ("tenant_id", "order_id");
SELECT seal_table('stock_return', 'SELECT', 'INSERT');

CREATE TABLE "stock_count" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('OPEN', 'POSTED', 'CANCELLED')),
    "note" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(6) NOT NULL,
    "opened_by" TEXT,
    "closed_at" TIMESTAMPTZ(6),
    "closed_by" TEXT,

    CONSTRAINT "stock_count_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "stock_count_store" FOREIGN KEY ("tenant_id", "store_id")
        REFERENCES "store" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "stock_count_closed" CHECK ((state = 'OPEN') = (closed_at IS NULL))
);
CREATE INDEX "stock_count_of_store" ON "stock_count" ("tenant_id", "store_id", "opened_at", "id");
SELECT seal_table('stock_count', 'SELECT', 'INSERT', 'UPDATE');

CREATE TABLE "stock_count_line" (
    "tenant_id" UUID NOT NULL,
    "count_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "counted" BIGINT NOT NULL CHECK (counted >= 0),
    -- what the books said at that moment
    "level" BIGINT NOT NULL,
    "counted_at" TIMESTAMPTZ(6) NOT NULL,
    "counted_by" TEXT,

    CONSTRAINT "stock_count_line_pkey" PRIMARY KEY ("tenant_id", "count_id", "product_id"),
    CONSTRAINT "stock_count_line_count" FOREIGN KEY ("tenant_id", "count_id")
        REFERENCES "stock_count" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "stock_count_line_difference" ON "stock_count_line" ("tenant_id", "count_id", "product_id")
    WHERE (counted <> level);
SELECT seal_table('stock_count_line', 'SELECT', 'INSERT', 'UPDATE');

CREATE TABLE "supplier" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    -- the name in lower case: what it is ordered by and unique by
    "name_key" TEXT COLLATE "C" NOT NULL,
    "email" TEXT,
    "phone" TEXT,
    "address" TEXT,
    "note" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "archived_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "supplier_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE UNIQUE INDEX "supplier_name_taken" ON "supplier" ("tenant_id", "name_key") WHERE (archived_at IS NULL);
CREATE INDEX "supplier_by_name" ON "supplier" ("tenant_id", "name_key", "id");
SELECT seal_table('supplier', 'SELECT', 'INSERT', 'UPDATE');

CREATE TABLE "purchase_order" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "number" INTEGER NOT NULL CHECK (number > 0),
    "supplier_id" UUID NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('DRAFT', 'SENT', 'PARTLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')),
    "note" TEXT NOT NULL,
    "expected_on" DATE,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "created_by" TEXT,
    "sent_at" TIMESTAMPTZ(6),
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "purchase_order_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "purchase_order_store" FOREIGN KEY ("tenant_id", "store_id")
        REFERENCES "store" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "purchase_order_supplier" FOREIGN KEY ("tenant_id", "supplier_id")
        REFERENCES "supplier" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "purchase_order_ended" CHECK ((state IN ('RECEIVED', 'CLOSED', 'CANCELLED')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX "purchase_order_number" ON "purchase_order" ("tenant_id", "store_id", "number");
CREATE INDEX "purchase_order_of_supplier" ON "purchase_order" ("tenant_id", "supplier_id", "store_id", "number");
SELECT seal_table('purchase_order', 'SELECT', 'INSERT', 'UPDATE');

CREATE TABLE "purchase_order_line" (
    "tenant_id" UUID NOT NULL,
    "purchase_order_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "ordered" BIGINT NOT NULL CHECK (ordered > 0),
    "received" BIGINT NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND ordered),
    "unit_cost" BIGINT NOT NULL CHECK (unit_cost >= 0),

    CONSTRAINT "purchase_order_line_pkey" PRIMARY KEY ("tenant_id", "purchase_order_id", "product_id"),
    CONSTRAINT "purchase_order_line_order" FOREIGN KEY ("tenant_id", "purchase_order_id")
        REFERENCES "purchase_order" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('purchase_order_line', 'SELECT', 'INSERT', 'UPDATE');

CREATE TABLE "goods_receipt" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "purchase_order_id" UUID NOT NULL,
    "note" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL,
    "received_by" TEXT,

    CONSTRAINT "goods_receipt_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "goods_receipt_order" FOREIGN KEY ("tenant_id", "purchase_order_id")
        REFERENCES "purchase_order" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "goods_receipt_of_order" ON "goods_receipt" ("tenant_id", "purchase_order_id", "received_at", "id");
SELECT seal_table('goods_receipt', 'SELECT', 'INSERT');

CREATE TABLE "goods_receipt_line" (
    "tenant_id" UUID NOT NULL,
    "receipt_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "quantity" BIGINT NOT NULL CHECK (quantity > 0),
    "unit_cost" BIGINT NOT NULL CHECK (unit_cost >= 0),

    CONSTRAINT "goods_receipt_line_pkey" PRIMARY KEY ("tenant_id", "receipt_id", "product_id"),
    CONSTRAINT "goods_receipt_line_receipt" FOREIGN KEY ("tenant_id", "receipt_id")
        REFERENCES "goods_receipt" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('goods_receipt_line', 'SELECT', 'INSERT');

-- Events that became true in the same transaction as the row; the relay hands them to the queues.
CREATE TABLE "outbox" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "aggregate_id" UUID NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(6),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE INDEX "outbox_unsent" ON "outbox" ("created_at", "id") WHERE (sent_at IS NULL);
CREATE INDEX "outbox_sent" ON "outbox" ("sent_at", "id") WHERE (sent_at IS NOT NULL);
-- rows come and go all day: a table that is mostly dead is swept long before the default fifth of it has changed
ALTER TABLE "outbox" SET (autovacuum_vacuum_scale_factor = 0.05);
SELECT seal_table('outbox', 'SELECT', 'INSERT');
SELECT seal_for_relay('outbox', 'SELECT', 'UPDATE', 'DELETE');

-- Events whose effect has happened: the row is written in the transaction of the effect.
CREATE TABLE "inbox" (
    "tenant_id" UUID NOT NULL,
    "consumer" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("tenant_id", "consumer", "event_id")
);
CREATE INDEX "inbox_received" ON "inbox" USING BRIN ("received_at");
SELECT seal_table('inbox', 'SELECT', 'INSERT');
SELECT seal_for_relay('inbox', 'SELECT', 'DELETE');

-- Requests that were carried out, and what was answered: kept for ever.
CREATE TABLE "request" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "answer" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_pkey" PRIMARY KEY ("tenant_id", "key")
);
SELECT seal_table('request', 'SELECT', 'INSERT');
