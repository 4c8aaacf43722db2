-- Money: what was taken for orders and by what means, the books in which every movement of it balances, drawers, gift
-- cards. docs/adr/0090 says why a transfer keeps its entries in its own row.

-- What payments keeps of identity's stores.
CREATE TABLE "store" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "time_zone" TEXT NOT NULL,
    "day_ends_at" TEXT NOT NULL CHECK (day_ends_at ~ '^[0-9]{2}:[0-9]{2}$'),
    -- when identity said so: what it said later counts
    "told_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "store_pkey" PRIMARY KEY ("tenant_id", "id")
);
SELECT seal_table('store', 'SELECT', 'INSERT', 'UPDATE');

-- Sums the entries of a transfer. Numeric, so that no sum can run over.
CREATE FUNCTION sum_of(p_amounts bigint[]) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT coalesce(sum(amount), 0) FROM unnest(p_amounts) amount $$;

-- What the shop has stands above zero, what it owes or has earned below.
CREATE TABLE "account" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    -- null for what customers hold against the business as a whole
    "store_id" UUID,
    "kind" TEXT NOT NULL CHECK (kind IN ('CASH_DRAWER', 'CASH_BOX', 'SAFE', 'CARD_CLEARING', 'MOBILE_CLEARING',
        'STORE_CREDIT', 'GIFT_CARD', 'SALES', 'TIPS', 'CASH_OVER_SHORT', 'PAID_IN', 'PAID_OUT', 'GIVEN_AWAY')),
    "holder" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "balance" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "account_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "account_store" CHECK ((store_id IS NULL) = (kind IN ('STORE_CREDIT', 'GIFT_CARD'))),
    -- nobody spends more than they hold
    CONSTRAINT "account_not_overdrawn" CHECK (kind NOT IN ('STORE_CREDIT', 'GIFT_CARD') OR balance <= 0)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX "account_of_holder" ON "account" ("tenant_id", "kind", "holder");
SELECT seal_table('account', 'SELECT', 'INSERT', 'UPDATE');

-- Every movement of money, never changed. Its entries lie in the row, one account and one amount each, so that the
-- CHECK below is the law of the books: a transfer is of one currency and sums to zero.
CREATE TABLE "transfer" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('CAPTURE', 'VOID', 'REFUND', 'GIFT_CARD', 'STORE_CREDIT', 'FLOAT', 'PAID_IN',
        'PAID_OUT', 'VARIANCE', 'BANKED')),
    "store_id" UUID NOT NULL,
    "drawer_session_id" UUID,
    "tender" TEXT,
    "processor" TEXT,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- what it means to the shop: above zero for what comes in
    "amount" BIGINT NOT NULL,
    "tip" BIGINT NOT NULL DEFAULT 0,
    -- the payment, refund, session, gift card or customer that it is of
    "reference_id" UUID NOT NULL,
    "actor" TEXT,
    "note" TEXT,
    "account_ids" UUID[] NOT NULL,
    "amounts" BIGINT[] NOT NULL,

    CONSTRAINT "transfer_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "transfer_entries" CHECK (cardinality(account_ids) = cardinality(amounts)
        AND cardinality(amounts) BETWEEN 2 AND 10),
    CONSTRAINT "transfer_sums_to_zero" CHECK (sum_of(amounts) = 0)
);
CREATE INDEX "transfer_of_store" ON "transfer" ("tenant_id", "store_id", "at");
CREATE INDEX "transfer_of_drawer" ON "transfer" ("tenant_id", "drawer_session_id") WHERE (drawer_session_id IS NOT NULL);
SELECT seal_table('transfer', 'SELECT', 'INSERT');

-- From opening a drawer to closing it. Whoever moves money in it shares a lock on its row; closing waits for them all.
CREATE TABLE "drawer_session" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "number" INTEGER NOT NULL CHECK (number > 0),
    "state" TEXT NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "float" BIGINT NOT NULL CHECK (float >= 0),
    "opened_by" UUID NOT NULL,
    "opened_at" TIMESTAMPTZ(6) NOT NULL,
    "counted" BIGINT CHECK (counted >= 0),
    "counted_at" TIMESTAMPTZ(6),
    "expected" BIGINT,
    "closed_by" UUID,
    "closed_at" TIMESTAMPTZ(6),
    "note" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "drawer_session_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "drawer_session_counted" CHECK ((counted IS NULL) = (counted_at IS NULL)),
    CONSTRAINT "drawer_session_closed" CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL)
        AND (state = 'CLOSED') = (closed_by IS NOT NULL) AND (state = 'CLOSED') = (expected IS NOT NULL)
        AND (state = 'OPEN' OR counted IS NOT NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX "drawer_session_open" ON "drawer_session" ("tenant_id", "register_id") WHERE (state = 'OPEN');
CREATE UNIQUE INDEX "drawer_session_number" ON "drawer_session" ("tenant_id", "register_id", "number");
CREATE INDEX "drawer_session_of_store" ON "drawer_session" ("tenant_id", "store_id", "opened_at", "id");
SELECT seal_table('drawer_session', 'SELECT', 'INSERT', 'UPDATE');

-- How far an order's money is. Who works on it holds a lease; when that has run out, somebody else takes over.
CREATE TABLE "order_payment" (
    "tenant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    -- null where an order was blocked before anything was heard of it
    "store_id" UUID,
    "state" TEXT NOT NULL CHECK (state IN ('TAKING', 'TAKEN', 'UNDOING', 'DECLINED', 'VOIDING', 'VOIDED')),
    "fingerprint" TEXT,
    "currency" CHAR(3) CHECK (currency ~ '^[A-Z]{3}$'),
    "due" BIGINT CHECK (due >= 0),
    "change" BIGINT NOT NULL DEFAULT 0 CHECK (change >= 0),
    "tips" BIGINT NOT NULL DEFAULT 0 CHECK (tips >= 0),
    -- in the order in which they were tendered, tries that were declined included
    "payment_ids" UUID[] NOT NULL,
    -- the tenders of the try that counts
    "tried_from" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "lease_until" TIMESTAMPTZ(6),
    "rounds" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "order_payment_pkey" PRIMARY KEY ("tenant_id", "order_id"),
    CONSTRAINT "order_payment_known" CHECK (state = 'VOIDED'
        OR (store_id IS NOT NULL AND fingerprint IS NOT NULL AND currency IS NOT NULL AND due IS NOT NULL)),
    CONSTRAINT "order_payment_lease" CHECK ((state IN ('TAKING', 'UNDOING', 'VOIDING')) = (lease_until IS NOT NULL))
);
CREATE INDEX "order_payment_unsettled" ON "order_payment" ("lease_until", "tenant_id", "order_id")
    WHERE (lease_until IS NOT NULL);
SELECT seal_table('order_payment', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('order_payment', 'SELECT');

-- Money taken for an order, by one means. Whoever writes a payment holds its order's row, which stands for the foreign
-- key that would cost as much again.
CREATE TABLE "payment" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID,
    "drawer_session_id" UUID,
    "cashier_id" UUID,
    "customer_id" UUID,
    "tender" TEXT NOT NULL CHECK (tender IN ('CASH', 'CARD', 'MOBILE', 'STORE_CREDIT', 'GIFT_CARD')),
    "state" TEXT NOT NULL CHECK (state IN ('AUTHORISING', 'CAPTURED', 'DECLINED', 'VOIDING', 'VOIDED')),
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "amount" BIGINT NOT NULL CHECK (amount >= 0),
    "change" BIGINT NOT NULL DEFAULT 0 CHECK (change >= 0),
    "tip" BIGINT NOT NULL DEFAULT 0 CHECK (tip >= 0),
    "refunded" BIGINT NOT NULL DEFAULT 0,
    "processor" TEXT,
    -- the processor's own name for it, known before it can have charged anything
    "reference" TEXT,
    -- whether it stood in the books when it was to be voided
    "booked" BOOLEAN NOT NULL DEFAULT false,
    "brand" TEXT,
    "last_four" TEXT CHECK (last_four ~ '^[0-9A-Z]{4}$'),
    "decline_code" TEXT,
    "gift_card_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "settled_at" TIMESTAMPTZ(6),

    CONSTRAINT "payment_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "payment_change_of_cash" CHECK (change = 0 OR tender = 'CASH'),
    CONSTRAINT "payment_refunded_at_most" CHECK (refunded BETWEEN 0 AND amount),
    CONSTRAINT "payment_processor" CHECK ((processor IS NOT NULL) = (tender IN ('CARD', 'MOBILE'))),
    CONSTRAINT "payment_settled" CHECK ((settled_at IS NULL) = (state IN ('AUTHORISING', 'VOIDING'))),
    CONSTRAINT "payment_booked" CHECK (booked OR state <> 'CAPTURED')
);
SELECT seal_table('payment', 'SELECT', 'INSERT', 'UPDATE');

CREATE TABLE "refund" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID,
    "cashier_id" UUID,
    "state" TEXT NOT NULL CHECK (state IN ('REFUNDING', 'REFUNDED', 'DECLINED')),
    "fingerprint" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "reason" TEXT NOT NULL,
    "decline_code" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "lease_until" TIMESTAMPTZ(6),
    "rounds" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "refund_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "refund_order" FOREIGN KEY ("tenant_id", "order_id")
        REFERENCES "order_payment" ("tenant_id", "order_id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "refund_lease" CHECK ((state = 'REFUNDING') = (lease_until IS NOT NULL))
);
CREATE INDEX "refund_of_order" ON "refund" ("tenant_id", "order_id", "created_at", "id");
CREATE INDEX "refund_unsettled" ON "refund" ("lease_until", "tenant_id", "id") WHERE (lease_until IS NOT NULL);
SELECT seal_table('refund', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('refund', 'SELECT');

-- What goes back to one payment. Its amount is set aside on the payment from the start, and freed when it is declined.
CREATE TABLE "refund_part" (
    "tenant_id" UUID NOT NULL,
    "refund_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "state" TEXT NOT NULL CHECK (state IN ('REFUNDING', 'REFUNDED', 'DECLINED')),

    CONSTRAINT "refund_part_pkey" PRIMARY KEY ("tenant_id", "refund_id", "position"),
    CONSTRAINT "refund_part_refund" FOREIGN KEY ("tenant_id", "refund_id")
        REFERENCES "refund" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "refund_part_payment" FOREIGN KEY ("tenant_id", "payment_id")
        REFERENCES "payment" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('refund_part', 'SELECT', 'INSERT', 'UPDATE');

-- The balance is its account's. The code is kept as its hash only: who knows it can spend it.
CREATE TABLE "gift_card" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "code_hash" TEXT NOT NULL,
    "last_four" TEXT NOT NULL CHECK (last_four ~ '^[0-9A-Z]{4}$'),
    "blocked" BOOLEAN NOT NULL DEFAULT false,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "initial" BIGINT NOT NULL CHECK (initial > 0),
    "sold" BOOLEAN NOT NULL,
    "order_id" UUID,
    "issued_by" TEXT,
    "issued_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6),

    CONSTRAINT "gift_card_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE UNIQUE INDEX "gift_card_code" ON "gift_card" ("tenant_id", "code_hash");
SELECT seal_table('gift_card', 'SELECT', 'INSERT', 'UPDATE');

-- The network behind the sandbox processor: what it did is outside of any transaction of ours, as at a real one.
CREATE TABLE "sandbox_charge" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('CAPTURED', 'DECLINED', 'VOIDED')),
    "amount" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "refunded" BIGINT NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
    "decline_code" TEXT,
    -- how often it was asked for; the money moved at most once
    "asked" INTEGER NOT NULL DEFAULT 1,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sandbox_charge_pkey" PRIMARY KEY ("tenant_id", "id")
);
SELECT seal_table('sandbox_charge', 'SELECT', 'INSERT', 'UPDATE');

CREATE TABLE "sandbox_refund" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "charge_id" UUID NOT NULL,
    "amount" BIGINT NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('REFUNDED', 'DECLINED')),
    "asked" INTEGER NOT NULL DEFAULT 1,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sandbox_refund_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "sandbox_refund_charge" FOREIGN KEY ("tenant_id", "charge_id")
        REFERENCES "sandbox_charge" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('sandbox_refund', 'SELECT', 'INSERT', 'UPDATE');

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

-- Below: the only writers of the books. They run with the rights of their caller, so row-level security holds in them.
-- Locks are always taken in this order: an order's row, drawer sessions by id, accounts by id.

-- An account's id follows from what it is, so that nobody has to look for it.
CREATE FUNCTION account_id(p_tenant uuid, p_store uuid, p_kind text, p_holder text, p_currency text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT overlay(overlay(md5(concat_ws(' ', p_tenant, coalesce(p_store::text, '-'), p_kind, p_currency, p_holder))
    PLACING '8' FROM 13) PLACING '8' FROM 17)::uuid
$$;

-- Moves balances: each account once, opened where there is none yet.
CREATE FUNCTION move_balances(
  p_tenant uuid, p_ids uuid[], p_stores uuid[], p_kinds text[], p_holders text[], p_currencies text[], p_amounts bigint[]
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_locked int;
BEGIN
  PERFORM 1 FROM account WHERE tenant_id = p_tenant AND id = ANY (p_ids) ORDER BY id FOR NO KEY UPDATE;
  GET DIAGNOSTICS v_locked = ROW_COUNT;
  IF v_locked < cardinality(p_ids) THEN
    INSERT INTO account (tenant_id, id, store_id, kind, holder, currency)
    SELECT p_tenant, a.id, a.store_id, a.kind, a.holder, a.currency
    FROM unnest(p_ids, p_stores, p_kinds, p_holders, p_currencies) a (id, store_id, kind, holder, currency)
    ORDER BY a.id ON CONFLICT DO NOTHING;
    PERFORM 1 FROM account WHERE tenant_id = p_tenant AND id = ANY (p_ids) ORDER BY id FOR NO KEY UPDATE;
  END IF;
  UPDATE account SET balance = account.balance + moved.amount
  FROM unnest(p_ids, p_amounts) moved (id, amount)
  WHERE account.tenant_id = p_tenant AND account.id = moved.id;
END
$$;

-- Posts transfers, given as [{id, kind, storeId, drawerSessionId, tender, processor, currency, amount, tip, referenceId,
-- actor, note, entries: [{storeId, kind, holder, amount}]}]. Fails as a whole.
CREATE FUNCTION post_transfers(p_tenant uuid, p_now timestamptz, p_transfers jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_ids uuid[];
  v_stores uuid[];
  v_kinds text[];
  v_holders text[];
  v_currencies text[];
  v_amounts bigint[];
BEGIN
  WITH given AS (
    SELECT * FROM jsonb_to_recordset(p_transfers) t (id uuid, kind text, "storeId" uuid, "drawerSessionId" uuid,
      tender text, processor text, currency text, amount bigint, tip bigint, "referenceId" uuid, actor text, note text,
      entries jsonb)
  ), entry AS MATERIALIZED (
    SELECT g.id AS transfer_id, e.n, g.currency, x."storeId" AS store_id, x.kind, x.holder, x.amount,
      account_id(p_tenant, x."storeId", x.kind, x.holder, g.currency) AS account_id
    FROM given g CROSS JOIN LATERAL jsonb_array_elements(g.entries) WITH ORDINALITY e (value, n)
    CROSS JOIN LATERAL jsonb_to_record(e.value) x ("storeId" uuid, kind text, holder text, amount bigint)
  ), written AS (
    INSERT INTO transfer (tenant_id, id, at, kind, store_id, drawer_session_id, tender, processor, currency, amount, tip,
      reference_id, actor, note, account_ids, amounts)
    SELECT p_tenant, g.id, p_now, g.kind, g."storeId", g."drawerSessionId", g.tender, g.processor, g.currency, g.amount,
      g.tip, g."referenceId", g.actor, g.note,
      (SELECT array_agg(e.account_id ORDER BY e.n) FROM entry e WHERE e.transfer_id = g.id),
      (SELECT array_agg(e.amount ORDER BY e.n) FROM entry e WHERE e.transfer_id = g.id)
    FROM given g
  ), moved AS (
    SELECT account_id, store_id, kind, holder, currency, sum(amount)::bigint AS amount
    FROM entry GROUP BY account_id, store_id, kind, holder, currency
  )
  SELECT array_agg(m.account_id), array_agg(m.store_id), array_agg(m.kind), array_agg(m.holder), array_agg(m.currency),
    array_agg(m.amount)
  INTO v_ids, v_stores, v_kinds, v_holders, v_currencies, v_amounts FROM moved m;
  PERFORM move_balances(p_tenant, v_ids, v_stores, v_kinds, v_holders, v_currencies, v_amounts);
END
$$;

-- Takes cash for orders of one tenant, each paid by one cash tender. The outcome is TAKEN, or KNOWN where something was
-- heard of the order before; what that was is to be looked up.
CREATE FUNCTION take_cash(
  p_tenant uuid, p_now timestamptz, p_orders uuid[], p_stores uuid[], p_registers uuid[], p_cashiers uuid[],
  p_customers uuid[], p_fingerprints text[], p_currencies text[], p_dues bigint[], p_changes bigint[], p_tips bigint[],
  p_payments uuid[], p_events uuid[], p_payloads text[]
) RETURNS TABLE (number bigint, outcome text, session_id uuid) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_won uuid[];
  v_sessions uuid[] := '{}';
  v_session_registers uuid[] := '{}';
  v_session_stores uuid[] := '{}';
  v_ids uuid[];
  v_stores uuid[];
  v_kinds text[];
  v_holders text[];
  v_currencies text[];
  v_amounts bigint[];
BEGIN
  WITH claimed AS (
    INSERT INTO order_payment AS known (tenant_id, order_id, store_id, state, fingerprint, currency, due, change, tips,
      payment_ids, created_at)
    SELECT p_tenant, o.order_id, o.store_id, 'TAKEN', o.fingerprint, o.currency, o.due, o.change, o.tip,
      ARRAY[o.payment_id], p_now
    FROM unnest(p_orders, p_stores, p_fingerprints, p_currencies, p_dues, p_changes, p_tips, p_payments)
      o (order_id, store_id, fingerprint, currency, due, change, tip, payment_id)
    ORDER BY o.order_id
    ON CONFLICT (tenant_id, order_id) DO UPDATE SET state = 'TAKEN', fingerprint = excluded.fingerprint,
      due = excluded.due, change = excluded.change, tips = excluded.tips,
      tried_from = cardinality(known.payment_ids) + 1, payment_ids = known.payment_ids || excluded.payment_ids
    WHERE known.state = 'DECLINED' AND known.fingerprint <> excluded.fingerprint
      AND known.store_id = excluded.store_id AND known.currency = excluded.currency
    RETURNING order_id
  )
  SELECT coalesce(array_agg(order_id), '{}') INTO v_won FROM claimed;

  IF array_remove(p_registers, NULL) <> '{}' THEN
    SELECT coalesce(array_agg(id), '{}'), coalesce(array_agg(register_id), '{}'), coalesce(array_agg(store_id), '{}')
    INTO v_sessions, v_session_registers, v_session_stores FROM (
      SELECT id, register_id, store_id FROM drawer_session
      WHERE tenant_id = p_tenant AND register_id = ANY (p_registers) AND state = 'OPEN' ORDER BY id FOR KEY SHARE
    ) open;
  END IF;

  WITH won AS MATERIALIZED (
    SELECT o.*, open.session_id,
      CASE WHEN open.session_id IS NULL THEN 'CASH_BOX' ELSE 'CASH_DRAWER' END AS cash_kind,
      CASE WHEN open.session_id IS NULL THEN '' ELSE o.register_id::text END AS cash_holder
    FROM unnest(p_orders, p_stores, p_registers, p_cashiers, p_customers, p_currencies, p_dues, p_changes, p_tips,
      p_payments, p_events, p_payloads) WITH ORDINALITY o (order_id, store_id, register_id, cashier_id, customer_id,
      currency, due, change, tip, payment_id, event_id, payload, n)
    LEFT JOIN unnest(v_sessions, v_session_registers, v_session_stores) open (session_id, register_id, store_id)
      ON open.register_id = o.register_id AND open.store_id = o.store_id
    WHERE o.order_id = ANY (v_won)
  ), kept AS MATERIALIZED (
    SELECT won.*, account_id(p_tenant, store_id, cash_kind, cash_holder, currency) AS cash_account,
      account_id(p_tenant, store_id, 'SALES', '', currency) AS sales_account,
      account_id(p_tenant, store_id, 'TIPS', '', currency) AS tips_account
    FROM won
  ), paid AS (
    INSERT INTO payment (tenant_id, id, order_id, store_id, register_id, drawer_session_id, cashier_id, customer_id,
      tender, state, currency, amount, change, tip, booked, created_at, settled_at)
    SELECT p_tenant, payment_id, order_id, store_id, register_id, kept.session_id, cashier_id, customer_id, 'CASH',
      'CAPTURED', currency, due, change, tip, true, p_now, p_now
    FROM kept
  ), moved AS (
    INSERT INTO transfer (tenant_id, id, at, kind, store_id, drawer_session_id, tender, currency, amount, tip,
      reference_id, actor, account_ids, amounts)
    SELECT p_tenant, payment_id, p_now, 'CAPTURE', store_id, kept.session_id, 'CASH', currency, due, tip, payment_id,
      cashier_id, CASE WHEN tip = 0 THEN ARRAY[cash_account, sales_account]
        ELSE ARRAY[cash_account, sales_account, tips_account] END,
      CASE WHEN tip = 0 THEN ARRAY[due, -due] ELSE ARRAY[due + tip, -due, -tip] END
    FROM kept
  ), told AS (
    INSERT INTO outbox (tenant_id, id, name, aggregate_id, payload)
    SELECT p_tenant, event_id, 'payments.payment.captured.v1', order_id, payload::jsonb FROM kept
  ), summed AS (
    SELECT cash_account AS id, store_id, cash_kind AS kind, cash_holder AS holder, currency,
      sum(due + tip)::bigint AS amount FROM kept GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT sales_account, store_id, 'SALES', '', currency, -sum(due)::bigint FROM kept GROUP BY 1, 2, 5
    UNION ALL
    SELECT tips_account, store_id, 'TIPS', '', currency, -sum(tip)::bigint FROM kept WHERE tip > 0 GROUP BY 1, 2, 5
  )
  SELECT array_agg(s.id), array_agg(s.store_id), array_agg(s.kind), array_agg(s.holder), array_agg(s.currency),
    array_agg(s.amount)
  INTO v_ids, v_stores, v_kinds, v_holders, v_currencies, v_amounts FROM summed s;
  IF v_ids IS NOT NULL THEN
    PERFORM move_balances(p_tenant, v_ids, v_stores, v_kinds, v_holders, v_currencies, v_amounts);
  END IF;

  RETURN QUERY
  SELECT o.n, CASE WHEN o.order_id = ANY (v_won) THEN 'TAKEN' ELSE 'KNOWN' END, open.session_id
  FROM unnest(p_orders, p_registers, p_stores) WITH ORDINALITY o (order_id, register_id, store_id, n)
  LEFT JOIN unnest(v_sessions, v_session_registers, v_session_stores) open (session_id, register_id, store_id)
    ON open.register_id = o.register_id AND open.store_id = o.store_id
  ORDER BY o.n;
END
$$;

GRANT EXECUTE ON FUNCTION sum_of, account_id, move_balances, post_transfers, take_cash TO tillgraph_payments;
