-- What a store lets its tills do without a network. Versions are only ever added: a sale is held to the one it names.
CREATE TABLE "offline_policy" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "per_sale_max" BIGINT NOT NULL,
    "per_device_max" BIGINT NOT NULL,
    "count_max" INTEGER NOT NULL,
    "warn_after_hours" INTEGER NOT NULL,
    "expire_after_hours" INTEGER NOT NULL,
    "tender_kinds" TEXT[] NOT NULL,
    "set_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "offline_policy_pkey" PRIMARY KEY ("tenant_id", "store_id", "version"),
    CONSTRAINT "offline_policy_version_counts" CHECK ("version" >= 1),
    CONSTRAINT "offline_policy_amounts" CHECK ("per_sale_max" >= 0 AND "per_device_max" >= "per_sale_max"),
    CONSTRAINT "offline_policy_count" CHECK ("count_max" BETWEEN 1 AND 10000),
    CONSTRAINT "offline_policy_hours" CHECK ("warn_after_hours" BETWEEN 1 AND "expire_after_hours" AND "expire_after_hours" <= 720),
    CONSTRAINT "offline_policy_tender_kinds_known" CHECK ("tender_kinds" <@ ARRAY['CASH', 'CARD', 'MOBILE', 'STORE_CREDIT', 'GIFT_CARD'] AND cardinality("tender_kinds") BETWEEN 1 AND 5),
    CONSTRAINT "offline_policy_tenant_id_store_id_fkey" FOREIGN KEY ("tenant_id", "store_id") REFERENCES "store"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('offline_policy', 'SELECT', 'INSERT');

-- The public keys that managers sign approvals with; a row stays when its key is good no more, for what it signed before.
CREATE TABLE "approval_key" (
    "tenant_id" UUID NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "enrolled_at" TIMESTAMPTZ(6) NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "approval_key_pkey" PRIMARY KEY ("tenant_id", "thumbprint"),
    CONSTRAINT "approval_key_public_key_form" CHECK ("public_key" ~ '^[A-Za-z0-9_-]{43}$'),
    CONSTRAINT "approval_key_revoked_later" CHECK ("revoked_at" >= "enrolled_at"),
    CONSTRAINT "approval_key_tenant_id_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "approval_key_by_user" ON "approval_key"("tenant_id", "user_id", "enrolled_at" DESC);
SELECT seal_table('approval_key');

-- What a till last said of its log of offline sales, by the key that the log is signed with.
CREATE TABLE "offline_log" (
    "tenant_id" UUID NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "last_sequence" INTEGER NOT NULL,
    "unsent" INTEGER NOT NULL,
    "reported_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "offline_log_pkey" PRIMARY KEY ("tenant_id", "thumbprint"),
    CONSTRAINT "offline_log_unsent_are_of_it" CHECK ("unsent" BETWEEN 0 AND "last_sequence"),
    CONSTRAINT "offline_log_tenant_id_thumbprint_fkey" FOREIGN KEY ("tenant_id", "thumbprint") REFERENCES "register_key"("tenant_id", "thumbprint") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('offline_log');

-- Whether the code may make another device the till although this one still holds sales that were not sent.
ALTER TABLE "enrolment_code" ADD COLUMN "lose_unsent" BOOLEAN NOT NULL DEFAULT false;
