-- Approvals of managers are also good for a refund and for giving an order up. docs/adr/0176.

-- What an approval of a refund was used for: one return, and no other of the same order.
ALTER TABLE "approval_use" ADD COLUMN "return_id" UUID;

-- Each approval that was handed in for a refund or a void: used, or refused and why. Only ever added to.
CREATE TABLE "approval_audit" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "return_id" UUID,
    "action" TEXT NOT NULL CHECK (action IN ('refund', 'void')),
    "register_id" UUID,
    -- who handed it in
    "actor" UUID,
    -- as far as its signature is good
    "approval_id" UUID,
    "manager_id" UUID,
    -- null where it was used
    "refusal" TEXT,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "approval_audit_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE INDEX "approval_audit_of_order" ON "approval_audit" ("tenant_id", "order_id", "at", "id");
SELECT seal_table('approval_audit', 'SELECT', 'INSERT');
