-- How an order gets to its customer, where it is not handed over at the till; and for which partner it was made.
CREATE TABLE "order_fulfilment" (
    "tenant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('PICK_UP', 'DELIVERY')),
    -- the partner's id and its own name for the order
    "partner_id" UUID,
    "reference" TEXT,
    "contact_name" TEXT,
    "contact_phone" TEXT,
    "address" TEXT,
    -- millionths of a degree
    "latitude" INTEGER CHECK (latitude BETWEEN -90000000 AND 90000000),
    "longitude" INTEGER CHECK (longitude BETWEEN -180000000 AND 180000000),
    "window_from" TIMESTAMPTZ(6),
    "window_until" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "order_fulfilment_pkey" PRIMARY KEY ("tenant_id", "order_id"),
    CONSTRAINT "order_fulfilment_order" FOREIGN KEY ("tenant_id", "order_id")
        REFERENCES "customer_order" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "order_fulfilment_place" CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CONSTRAINT "order_fulfilment_window" CHECK (window_from < window_until)
);
CREATE INDEX "order_fulfilment_of_partner" ON "order_fulfilment" ("tenant_id", "partner_id", "created_at", "order_id")
    WHERE (partner_id IS NOT NULL);
SELECT seal_table('order_fulfilment', 'SELECT', 'INSERT', 'UPDATE');
