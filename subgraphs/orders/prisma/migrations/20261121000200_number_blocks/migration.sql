-- Numbers that a till hands out by itself. They are taken from the store's counter, which goes on behind them, so no
-- other order can ever get one; what a till does not use stays unused.
CREATE TABLE "number_block" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "first" BIGINT NOT NULL CHECK (first > 0),
    "last" BIGINT NOT NULL,
    -- how many of them stand on orders
    "used" BIGINT NOT NULL DEFAULT 0,
    "taken_by" UUID,
    "taken_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "number_block_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "number_block_size" CHECK (last - first BETWEEN 0 AND 999),
    CONSTRAINT "number_block_used" CHECK (used BETWEEN 0 AND last - first + 1)
);
-- in one store no two blocks begin alike, and the counter sees to it that they do not overlap
CREATE UNIQUE INDEX "number_block_numbers" ON "number_block" ("tenant_id", "store_id", "first");
CREATE INDEX "number_block_of_register" ON "number_block" ("tenant_id", "register_id", "first");
SELECT seal_table('number_block', 'SELECT', 'INSERT', 'UPDATE');
