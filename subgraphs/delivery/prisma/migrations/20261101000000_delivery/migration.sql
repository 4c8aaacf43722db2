-- Zones with their fees, couriers, and the way of orders to their customers. Coordinates are millionths of a degree.

-- What delivery keeps of identity's stores.
CREATE TABLE "store" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "time_zone" TEXT NOT NULL,

    CONSTRAINT "store_pkey" PRIMARY KEY ("tenant_id", "id")
);
SELECT seal_table('store', 'SELECT', 'INSERT', 'UPDATE');

-- Where a store brings orders, and on which terms. Few per store: geometry is computed, not queried.
CREATE TABLE "delivery_zone" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "name" TEXT NOT NULL CHECK (name <> ''),
    "area" JSONB NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "fee" BIGINT NOT NULL CHECK (fee >= 0),
    "minimum_order" BIGINT CHECK (minimum_order > 0),
    "lead_minutes" INTEGER NOT NULL CHECK (lead_minutes >= 0),
    "minutes_most" INTEGER NOT NULL CHECK (minutes_most > 0),
    "days_ahead_most" INTEGER NOT NULL CHECK (days_ahead_most >= 0),
    "opens_at" TEXT NOT NULL CHECK (opens_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    "closes_at" TEXT NOT NULL CHECK (closes_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$'),
    "version" INTEGER NOT NULL DEFAULT 1,
    "archived_at" TIMESTAMPTZ(6),

    CONSTRAINT "delivery_zone_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "delivery_zone_hours" CHECK (opens_at < closes_at)
);
CREATE INDEX "delivery_zone_of_store" ON "delivery_zone" ("tenant_id", "store_id", "name", "id");
SELECT seal_table('delivery_zone', 'SELECT', 'INSERT', 'UPDATE');

-- Who brings orders of a store, and where they were last.
CREATE TABLE "courier" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "first_name" TEXT NOT NULL CHECK (first_name <> ''),
    "vehicle" TEXT NOT NULL CHECK (vehicle IN ('FOOT', 'BICYCLE', 'SCOOTER', 'CAR')),
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "latitude" INTEGER CHECK (latitude BETWEEN -90000000 AND 90000000),
    "longitude" INTEGER CHECK (longitude BETWEEN -180000000 AND 180000000),
    "position_at" TIMESTAMPTZ(6),

    CONSTRAINT "courier_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "courier_position_whole" CHECK (num_nulls(latitude, longitude, position_at) IN (0, 3))
);
CREATE UNIQUE INDEX "courier_of_user" ON "courier" ("tenant_id", "user_id");
CREATE INDEX "courier_of_store" ON "courier" ("tenant_id", "store_id", "first_name", "id");
SELECT seal_table('courier', 'SELECT', 'INSERT', 'UPDATE');

-- The end of each store's changes: whoever changes a delivery locks this row first, so that versions are in the order
-- of commits, without gaps, and no two changes can wait for each other.
CREATE TABLE "delivery_log" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 0 CHECK (version >= 0),

    CONSTRAINT "delivery_log_pkey" PRIMARY KEY ("tenant_id", "store_id")
);
SELECT seal_table('delivery_log', 'SELECT', 'INSERT', 'UPDATE');

-- The way of an order to its customer.
CREATE TABLE "delivery" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "customer_id" UUID,
    "zone_id" UUID NOT NULL,
    "address" TEXT,
    "latitude" INTEGER CHECK (latitude BETWEEN -90000000 AND 90000000),
    "longitude" INTEGER CHECK (longitude BETWEEN -180000000 AND 180000000),
    "contact_name" TEXT,
    "contact_phone" TEXT,
    "note" TEXT,
    "window_from" TIMESTAMPTZ(6) NOT NULL,
    "window_until" TIMESTAMPTZ(6) NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "fee" BIGINT NOT NULL CHECK (fee >= 0),
    "cash_due" BIGINT CHECK (cash_due > 0),
    "pin_hash" TEXT,
    "pin_failures" INTEGER NOT NULL DEFAULT 0 CHECK (pin_failures BETWEEN 0 AND 5),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "version" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "courier_id" UUID,
    "changed_at" TIMESTAMPTZ(6) NOT NULL,
    "picked_up_at" TIMESTAMPTZ(6),
    "departed_at" TIMESTAMPTZ(6),
    "ended_at" TIMESTAMPTZ(6),
    "failed_attempts" INTEGER NOT NULL DEFAULT 0,
    "failure_reason" TEXT,
    "failure_note" TEXT,
    "eta" TIMESTAMPTZ(6),
    "position_latitude" INTEGER,
    "position_longitude" INTEGER,
    "position_at" TIMESTAMPTZ(6),
    "proof_pin" BOOLEAN NOT NULL DEFAULT false,
    "proof_received_by" TEXT,
    "proof_photo_url" TEXT,
    "anonymised_at" TIMESTAMPTZ(6),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "delivery_of_courier_fkey" FOREIGN KEY ("tenant_id", "courier_id") REFERENCES "courier" ("tenant_id", "id"),
    CONSTRAINT "delivery_in_zone_fkey" FOREIGN KEY ("tenant_id", "zone_id") REFERENCES "delivery_zone" ("tenant_id", "id"),
    CONSTRAINT "delivery_state_known" CHECK (state IN ('PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT', 'DELIVERED', 'FAILED', 'RETURNED')),
    CONSTRAINT "delivery_window" CHECK (window_from < window_until),
    CONSTRAINT "delivery_has_courier" CHECK (state IN ('PENDING', 'FAILED', 'RETURNED') OR courier_id IS NOT NULL),
    CONSTRAINT "delivery_pending_is_nobodys" CHECK (state <> 'PENDING' OR courier_id IS NULL),
    CONSTRAINT "delivery_ended" CHECK ((ended_at IS NOT NULL) = (state IN ('DELIVERED', 'RETURNED'))),
    CONSTRAINT "delivery_position_on_its_way" CHECK (position_at IS NULL OR state = 'IN_TRANSIT'),
    CONSTRAINT "delivery_position_whole" CHECK (num_nulls(position_latitude, position_longitude, position_at) IN (0, 3)),
    CONSTRAINT "delivery_anonymised" CHECK (anonymised_at IS NULL OR num_nonnulls(address, latitude, longitude, contact_name, contact_phone, note, failure_note, proof_received_by, proof_photo_url, pin_hash) = 0)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX "delivery_of_order" ON "delivery" ("tenant_id", "order_id") WHERE (state <> 'RETURNED');
CREATE INDEX "delivery_latest_of_order" ON "delivery" ("tenant_id", "order_id", "created_at", "id");
CREATE INDEX "delivery_of_store" ON "delivery" ("tenant_id", "store_id", "created_at", "id");
CREATE INDEX "delivery_open_in_store" ON "delivery" ("tenant_id", "store_id", "version") WHERE (ended_at IS NULL);
CREATE INDEX "delivery_version_in_store" ON "delivery" ("tenant_id", "store_id", "version");
CREATE INDEX "delivery_open_of_courier" ON "delivery" ("tenant_id", "courier_id", "window_until", "id") WHERE (ended_at IS NULL);
CREATE INDEX "delivery_of_customer" ON "delivery" ("tenant_id", "customer_id") WHERE (customer_id IS NOT NULL);
SELECT seal_table('delivery', 'SELECT', 'INSERT', 'UPDATE');

-- What has changed within the last day, for whoever follows: facts are those that changes change, and nothing personal.
CREATE TABLE "delivery_change" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "version" BIGINT NOT NULL,
    "delivery_id" UUID NOT NULL,
    "courier_before" UUID,
    "facts" JSONB NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "delivery_change_pkey" PRIMARY KEY ("tenant_id", "store_id", "version")
);
CREATE INDEX "delivery_change_at" ON "delivery_change" ("at");
SELECT seal_table('delivery_change', 'SELECT', 'INSERT');
SELECT seal_for_relay('delivery_change', 'SELECT', 'DELETE');

-- Where a delivery was on its way, thinned.
CREATE TABLE "trail_point" (
    "tenant_id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "latitude" INTEGER NOT NULL,
    "longitude" INTEGER NOT NULL,

    CONSTRAINT "trail_point_pkey" PRIMARY KEY ("tenant_id", "delivery_id", "at")
);
SELECT seal_table('trail_point', 'SELECT', 'INSERT', 'DELETE');

-- The link by which a customer follows a delivery: one each, of which only a hash is kept.
CREATE TABLE "tracking_link" (
    "tenant_id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "tracking_link_pkey" PRIMARY KEY ("tenant_id", "delivery_id"),
    CONSTRAINT "tracking_link_of_delivery_fkey" FOREIGN KEY ("tenant_id", "delivery_id") REFERENCES "delivery" ("tenant_id", "id")
);
CREATE INDEX "tracking_link_by_token" ON "tracking_link" ("token_hash");
SELECT seal_table('tracking_link', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_owner('tracking_link');

-- Whose a link is: the one thing that is asked before the tenant is known. What it is good for is asked within it.
CREATE FUNCTION tracked_by(hash text) RETURNS TABLE (tenant_id uuid, delivery_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = delivery, pg_temp
    AS $$ SELECT link.tenant_id, link.delivery_id FROM tracking_link link
          WHERE link.token_hash = hash $$;
GRANT EXECUTE ON FUNCTION tracked_by(text) TO tillgraph_delivery;

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
