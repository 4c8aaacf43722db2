-- What tills have handed in of what they sold while they were cut off, and what became of it. docs/adr/0135 and 0136.

-- A till that hands in records: whoever decides on one of its records holds this row, so that its limits, its numbers and
-- its chain are looked at by one at a time.
CREATE TABLE "offline_till" (
    "tenant_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "first_received_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "offline_till_pkey" PRIMARY KEY ("tenant_id", "register_id")
);
SELECT seal_table('offline_till', 'SELECT', 'INSERT', 'UPDATE');

-- Each record that was handed in, once, whole, with its verdict. It is known by the till it was handed in for and the
-- hash of its text: what somebody hands in for another till says nothing about the record at its own.
CREATE TABLE "offline_record" (
    "tenant_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "hash" TEXT NOT NULL CHECK (hash ~ '^[A-Za-z0-9_-]{43}$'),
    "store_id" UUID NOT NULL,
    "jws" TEXT NOT NULL CHECK (length(jws) <= 120000),
    "outcome" TEXT NOT NULL CHECK (outcome IN ('ACCEPTED', 'REFUSED')),
    "code" TEXT,
    "received_at" TIMESTAMPTZ(6) NOT NULL,
    "submitted_by" UUID,
    -- from here on: what the record says, where its signature is good
    "key_thumbprint" TEXT,
    "sequence" INTEGER CHECK (sequence > 0),
    -- whether it has its place in the log of its key; a second one for the same place, or one that does not fit, has none
    "in_chain" BOOLEAN NOT NULL,
    "previous" TEXT,
    "acknowledged" INTEGER,
    "policy_version" INTEGER,
    "taken_at" TIMESTAMPTZ(6),
    "clock_skew_ms" BIGINT,
    "order_id" UUID,
    "number" BIGINT,
    "business_date" DATE,
    "cashier_id" UUID,
    "currency" CHAR(3) CHECK (currency ~ '^[A-Z]{3}$'),
    "total" BIGINT,
    -- what it counts to the limits of the policy
    "value" BIGINT,
    -- by whom a refused one was let through
    "admitted_at" TIMESTAMPTZ(6),
    "admitted_by" UUID,
    "admit_reason" TEXT,

    CONSTRAINT "offline_record_pkey" PRIMARY KEY ("tenant_id", "register_id", "hash"),
    CONSTRAINT "offline_record_till" FOREIGN KEY ("tenant_id", "register_id")
        REFERENCES "offline_till" ("tenant_id", "register_id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "offline_record_signed" CHECK ((key_thumbprint IS NULL) = (sequence IS NULL) AND (key_thumbprint IS NOT NULL OR NOT in_chain)),
    CONSTRAINT "offline_record_refused" CHECK (outcome = 'ACCEPTED' OR code IS NOT NULL),
    CONSTRAINT "offline_record_accepted" CHECK (outcome = 'REFUSED' OR key_thumbprint IS NOT NULL AND order_id IS NOT NULL
        AND value IS NOT NULL AND (code IS NULL OR admitted_at IS NOT NULL)),
    CONSTRAINT "offline_record_admitted" CHECK ((admitted_at IS NULL) = (admit_reason IS NULL)
        AND (admitted_at IS NULL OR outcome = 'ACCEPTED'))
);
-- one place in a log has one record, and one order comes from one record, whatever else goes wrong
CREATE UNIQUE INDEX "offline_record_place" ON "offline_record" ("tenant_id", "key_thumbprint", "sequence") WHERE (in_chain);
CREATE UNIQUE INDEX "offline_record_order" ON "offline_record" ("tenant_id", "order_id") WHERE (outcome = 'ACCEPTED');
-- what limits are held against, found by its place in the log whatever stands in it
CREATE INDEX "offline_record_held" ON "offline_record" ("tenant_id", "key_thumbprint", "sequence") INCLUDE ("acknowledged", "value")
    WHERE (outcome = 'ACCEPTED');
CREATE INDEX "offline_record_newest" ON "offline_record" ("tenant_id", "received_at", "hash");
CREATE INDEX "offline_record_of_store" ON "offline_record" ("tenant_id", "store_id", "received_at", "hash");
CREATE INDEX "offline_record_refusals" ON "offline_record" ("tenant_id", "store_id", "received_at", "hash")
    WHERE (outcome = 'REFUSED');
SELECT seal_table('offline_record', 'SELECT', 'INSERT', 'UPDATE');

-- What is wrong with the log of a till. GAP: a record is here and the one before it is not; closed when that comes. FORK:
-- a record for a place that is taken, or one that does not fit its neighbours; closed by the manager who admits it.
CREATE TABLE "offline_alarm" (
    "tenant_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "key_thumbprint" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('GAP', 'FORK')),
    "sequence" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "store_id" UUID NOT NULL,
    "raised_at" TIMESTAMPTZ(6) NOT NULL,
    "closed_at" TIMESTAMPTZ(6),

    CONSTRAINT "offline_alarm_pkey" PRIMARY KEY ("tenant_id", "key_thumbprint", "kind", "sequence", "hash"),
    CONSTRAINT "offline_alarm_record" FOREIGN KEY ("tenant_id", "register_id", "hash")
        REFERENCES "offline_record" ("tenant_id", "register_id", "hash") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "offline_alarm_of_record" ON "offline_alarm" ("tenant_id", "register_id", "hash");
CREATE INDEX "offline_alarm_of_store" ON "offline_alarm" ("tenant_id", "store_id", "raised_at", "hash");
SELECT seal_table('offline_alarm', 'SELECT', 'INSERT', 'UPDATE');

-- Approvals of managers that were used: each once.
CREATE TABLE "approval_use" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "manager_id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "bound" TEXT NOT NULL,
    "used_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "approval_use_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE INDEX "approval_use_of_order" ON "approval_use" ("tenant_id", "order_id");
SELECT seal_table('approval_use', 'SELECT', 'INSERT');

-- What was decided about records, and by whom: only ever added to.
CREATE TABLE "offline_audit" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "action" TEXT NOT NULL CHECK (action IN ('ACCEPTED', 'REFUSED', 'GAP', 'FORK', 'ADMITTED')),
    "code" TEXT,
    "note" TEXT,
    "actor" UUID,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "offline_audit_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "offline_audit_record" FOREIGN KEY ("tenant_id", "register_id", "hash")
        REFERENCES "offline_record" ("tenant_id", "register_id", "hash") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "offline_audit_of_record" ON "offline_audit" ("tenant_id", "register_id", "hash", "at");
SELECT seal_table('offline_audit', 'SELECT', 'INSERT');
