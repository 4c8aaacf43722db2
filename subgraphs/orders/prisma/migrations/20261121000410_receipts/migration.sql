-- Receipts as they were given out. docs/adr/0146 says what is counted, docs/adr/0148 how they are sent.

CREATE TABLE "receipt_copy" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    -- 1 is the original
    "copy" INTEGER NOT NULL CHECK (copy BETWEEN 1 AND 1000),
    "channel" TEXT NOT NULL CHECK (channel IN ('PRINT', 'EMAIL')),
    "register_id" UUID,
    -- who asked for it; none where a program did
    "made_by" UUID,
    "made_at" TIMESTAMPTZ(6) NOT NULL,
    -- whom an e-mail goes to, with what is said to them, and how far it is
    "email" TEXT,
    "message" TEXT,
    "state" TEXT CHECK (state IN ('QUEUED', 'SENT', 'FAILED')),
    "attempts" INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    "settled_at" TIMESTAMPTZ(6),
    "failure" TEXT,

    CONSTRAINT "receipt_copy_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "receipt_copy_order" FOREIGN KEY ("tenant_id", "order_id")
        REFERENCES "customer_order" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "receipt_copy_email" CHECK ((channel = 'EMAIL') = (email IS NOT NULL)
        AND (channel = 'EMAIL') = (state IS NOT NULL) AND (channel = 'EMAIL') = (message IS NOT NULL)),
    CONSTRAINT "receipt_copy_settled" CHECK ((settled_at IS NOT NULL) = (state IS NOT NULL AND state <> 'QUEUED'))
);
CREATE UNIQUE INDEX "receipt_copy_number" ON "receipt_copy" ("tenant_id", "order_id", "copy");
CREATE INDEX "receipt_copy_waiting" ON "receipt_copy" ("made_at", "tenant_id", "id") WHERE (state = 'QUEUED');
SELECT seal_table('receipt_copy', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('receipt_copy', 'SELECT');
