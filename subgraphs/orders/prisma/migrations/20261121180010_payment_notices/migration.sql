-- What managers are told: a payment that a till took while it was cut off was refused, or given up. docs/adr/0177.
CREATE TABLE "payment_notice" (
    "tenant_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('DECLINED', 'EXPIRED')),
    "tender" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount" BIGINT NOT NULL CHECK (amount >= 0),
    "tip" BIGINT NOT NULL CHECK (tip >= 0),
    "decline_code" TEXT NOT NULL,
    "taken_at" TIMESTAMPTZ(6) NOT NULL,
    "raised_at" TIMESTAMPTZ(6) NOT NULL,
    -- when somebody has seen to it, and who
    "closed_at" TIMESTAMPTZ(6),
    "closed_by" UUID,
    -- how far the e-mail to the managers is; null where this installation sends none
    "mail_state" TEXT CHECK (mail_state IN ('QUEUED', 'SENT', 'FAILED')),
    "mail_attempts" INTEGER NOT NULL DEFAULT 0 CHECK (mail_attempts >= 0),
    "mail_settled_at" TIMESTAMPTZ(6),
    "mail_failure" TEXT,

    CONSTRAINT "payment_notice_pkey" PRIMARY KEY ("tenant_id", "payment_id"),
    CONSTRAINT "payment_notice_mailed" CHECK ((mail_settled_at IS NOT NULL) = (mail_state IS NOT NULL AND mail_state <> 'QUEUED'))
);
CREATE INDEX "payment_notice_newest" ON "payment_notice" ("tenant_id", "raised_at", "payment_id");
CREATE INDEX "payment_notice_open" ON "payment_notice" ("tenant_id", "store_id", "raised_at", "payment_id") WHERE (closed_at IS NULL);
CREATE INDEX "payment_notice_waiting" ON "payment_notice" ("raised_at", "tenant_id", "payment_id") WHERE (mail_state = 'QUEUED');
SELECT seal_table('payment_notice', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('payment_notice', 'SELECT');
