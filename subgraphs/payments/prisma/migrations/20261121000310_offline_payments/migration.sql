-- Payments that tills took while they were cut off and that somebody else must still carry out: the queue of record. A
-- job in BullMQ only says when to look at a row; the row says what is to be done. See docs/adr/0140.
CREATE TABLE "offline_payment" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID NOT NULL,
    "cashier_id" UUID,
    "customer_id" UUID,
    "tender" TEXT NOT NULL CHECK (tender IN ('CARD', 'MOBILE', 'STORE_CREDIT', 'GIFT_CARD')),
    -- who carries it out; `house` for what the shop keeps itself
    "processor" TEXT NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('QUEUED', 'AUTHORISING', 'UNKNOWN', 'CAPTURED', 'DECLINED', 'EXPIRED', 'DUPLICATE')),
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "amount" BIGINT NOT NULL CHECK (amount >= 0),
    "tip" BIGINT NOT NULL DEFAULT 0 CHECK (tip >= 0),
    -- a processor's token or a terminal's own reference, never a card's number; gone once it is captured
    "token" TEXT,
    "reference" TEXT,
    "gift_card_id" UUID,
    "brand" TEXT,
    "last_four" TEXT CHECK (last_four ~ '^[0-9A-Z]{4}$'),
    "decline_code" TEXT,
    -- on which account the customer's debt lies until it is captured
    "owed_in" TEXT NOT NULL CHECK (owed_in IN ('PENDING', 'RECEIVABLE')),
    "taken_at" TIMESTAMPTZ(6) NOT NULL,
    "accepted_at" TIMESTAMPTZ(6) NOT NULL,
    -- from then on it is given up, once it is certain that it was not charged
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    -- counts how often a manager has put it back into the queue
    "round" INTEGER NOT NULL DEFAULT 1,
    -- when a job is to be queued, should the one that there is be lost; null where nothing is to be done
    "due_at" TIMESTAMPTZ(6),
    "lease_until" TIMESTAMPTZ(6),
    "laid_aside_at" TIMESTAMPTZ(6),
    "version" BIGINT NOT NULL DEFAULT 0,
    "changed_at" TIMESTAMPTZ(6) NOT NULL,
    "settled_at" TIMESTAMPTZ(6),
    -- what it was tried again for, and what it was tried again by
    "replaces" UUID,
    "replaced_by" UUID,

    CONSTRAINT "offline_payment_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "offline_payment_settled" CHECK ((settled_at IS NULL) = (state IN ('QUEUED', 'AUTHORISING', 'UNKNOWN'))),
    CONSTRAINT "offline_payment_due" CHECK ((due_at IS NULL) = (settled_at IS NOT NULL OR laid_aside_at IS NOT NULL)),
    CONSTRAINT "offline_payment_lease" CHECK (lease_until IS NULL OR due_at IS NOT NULL)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX "offline_payment_unsettled" ON "offline_payment" ("due_at", "tenant_id", "id") WHERE (due_at IS NOT NULL);
CREATE INDEX "offline_payment_of_store" ON "offline_payment" ("tenant_id", "store_id", "taken_at", "id");
CREATE INDEX "offline_payment_open" ON "offline_payment" ("tenant_id", "store_id", "taken_at", "id")
    WHERE (replaced_by IS NULL AND state NOT IN ('CAPTURED', 'DUPLICATE'));
SELECT seal_table('offline_payment', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('offline_payment', 'SELECT', 'UPDATE');

-- The end of each store's changes: whoever changes offline payments of a store holds this row until the commit, so that
-- versions are in the order of commits and without gaps.
CREATE TABLE "offline_line" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "offline_line_pkey" PRIMARY KEY ("tenant_id", "store_id")
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
SELECT seal_table('offline_line', 'SELECT', 'INSERT', 'UPDATE');

-- What has changed within the last day, for whoever follows.
CREATE TABLE "offline_change" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "version" BIGINT NOT NULL,
    "payment_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "decline_code" TEXT,
    "laid_aside_at" TIMESTAMPTZ(6),
    "replaced_by" UUID,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "offline_change_pkey" PRIMARY KEY ("tenant_id", "store_id", "version")
);
CREATE INDEX "offline_change_at" ON "offline_change" ("at");
SELECT seal_table('offline_change', 'SELECT', 'INSERT');
SELECT seal_for_relay('offline_change', 'SELECT', 'DELETE');

-- Cash of offline sales that became known when its drawer was counted and closed already: the Z report stands, and this
-- is added to it.
CREATE TABLE "drawer_supplement" (
    "tenant_id" UUID NOT NULL,
    "drawer_session_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "amount" BIGINT NOT NULL,
    "tip" BIGINT NOT NULL,
    "taken_at" TIMESTAMPTZ(6) NOT NULL,
    "booked_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "drawer_supplement_pkey" PRIMARY KEY ("tenant_id", "drawer_session_id", "payment_id"),
    CONSTRAINT "drawer_supplement_session" FOREIGN KEY ("tenant_id", "drawer_session_id")
        REFERENCES "drawer_session" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('drawer_supplement', 'SELECT', 'INSERT');

-- Locks are always taken in this order: orders by id, drawer sessions, offline payments by id, the line of a store,
-- accounts by id.

-- Numbers what has changed of offline payments that are locked: each of them once, in the order in which they are named.
CREATE FUNCTION note_offline_changes(p_tenant uuid, p_now timestamptz, p_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF p_ids = '{}' THEN
    RETURN;
  END IF;
  PERFORM 1 FROM offline_line WHERE tenant_id = p_tenant AND store_id IN
    (SELECT store_id FROM offline_payment WHERE tenant_id = p_tenant AND id = ANY (p_ids)) ORDER BY store_id FOR UPDATE;
  WITH changed AS MATERIALIZED (
    SELECT p.id, p.store_id, row_number() OVER (PARTITION BY p.store_id ORDER BY g.n) AS place
    FROM unnest(p_ids) WITH ORDINALITY g (id, n) JOIN offline_payment p ON p.tenant_id = p_tenant AND p.id = g.id
  ), ended AS (
    UPDATE offline_line l SET version = l.version + c.many
    FROM (SELECT store_id, max(place) AS many FROM changed GROUP BY store_id) c
    WHERE l.tenant_id = p_tenant AND l.store_id = c.store_id
    RETURNING l.store_id, l.version - c.many AS before
  ), numbered AS (
    UPDATE offline_payment p SET version = e.before + c.place, changed_at = p_now
    FROM changed c JOIN ended e ON e.store_id = c.store_id
    WHERE p.tenant_id = p_tenant AND p.id = c.id
    RETURNING p.store_id, p.version, p.id, p.state, p.tries, p.decline_code, p.laid_aside_at, p.replaced_by
  )
  INSERT INTO offline_change (tenant_id, store_id, version, payment_id, state, tries, decline_code, laid_aside_at,
    replaced_by, at)
  SELECT p_tenant, n.store_id, n.version, n.id, n.state, n.tries, n.decline_code, n.laid_aside_at, n.replaced_by, p_now
  FROM numbered n;
END
$$;

-- Makes payments ours to work on until the lease ends. `won` says which: the others are settled, laid aside, or somebody
-- works on them. One that may have been sent before comes back UNKNOWN: it is to be looked up first.
CREATE FUNCTION claim_offline(p_tenant uuid, p_now timestamptz, p_lease timestamptz, p_ids uuid[])
RETURNS TABLE (won boolean, payment offline_payment) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_won uuid[];
BEGIN
  PERFORM 1 FROM offline_payment WHERE tenant_id = p_tenant AND id = ANY (p_ids) ORDER BY id FOR UPDATE;
  WITH claimed AS (
    UPDATE offline_payment p SET state = CASE WHEN p.state = 'QUEUED' THEN 'AUTHORISING' ELSE 'UNKNOWN' END,
      tries = p.tries + 1, lease_until = p_lease, due_at = p_lease
    WHERE p.tenant_id = p_tenant AND p.id = ANY (p_ids) AND p.settled_at IS NULL AND p.laid_aside_at IS NULL
      AND (p.lease_until IS NULL OR p.lease_until <= p_now)
    RETURNING p.id
  )
  SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO v_won FROM claimed;
  PERFORM note_offline_changes(p_tenant, p_now, v_won);
  RETURN QUERY SELECT p.id = ANY (v_won), p FROM offline_payment p WHERE p.tenant_id = p_tenant AND p.id = ANY (p_ids);
END
$$;

-- Ends payments whose outcome is certain, once: moves the debts by the transfers given for them (whose referenceId names
-- the payment), ends the orders' payments, tells. Gives those that it has ended; the others had ended before.
CREATE FUNCTION settle_offline(
  p_tenant uuid, p_now timestamptz, p_ids uuid[], p_states text[], p_references text[], p_brands text[],
  p_last_fours text[], p_codes text[], p_transfers jsonb, p_events uuid[], p_names text[], p_payloads text[]
) RETURNS uuid[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_won uuid[];
  v_transfers jsonb;
BEGIN
  PERFORM 1 FROM order_payment WHERE tenant_id = p_tenant AND order_id IN
    (SELECT order_id FROM offline_payment WHERE tenant_id = p_tenant AND id = ANY (p_ids)) ORDER BY order_id FOR UPDATE;
  WITH locked AS (
    SELECT id FROM offline_payment
    WHERE tenant_id = p_tenant AND id = ANY (p_ids) AND settled_at IS NULL ORDER BY id FOR UPDATE
  )
  SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO v_won FROM locked;
  IF v_won = '{}' THEN
    RETURN v_won;
  END IF;
  WITH given AS MATERIALIZED (
    SELECT * FROM unnest(p_ids, p_states, p_references, p_brands, p_last_fours, p_codes)
      g (id, state, reference, brand, last_four, code) WHERE g.id = ANY (v_won)
  ), ended AS (
    UPDATE offline_payment p SET state = g.state, reference = coalesce(g.reference, p.reference),
      brand = coalesce(g.brand, p.brand), last_four = coalesce(g.last_four, p.last_four), decline_code = g.code,
      owed_in = CASE WHEN g.state = 'CAPTURED' THEN p.owed_in ELSE 'RECEIVABLE' END,
      token = CASE WHEN g.state = 'CAPTURED' THEN NULL ELSE p.token END,
      settled_at = p_now, due_at = NULL, lease_until = NULL, laid_aside_at = NULL
    FROM given g WHERE p.tenant_id = p_tenant AND p.id = g.id
  )
  UPDATE payment p SET state = CASE WHEN g.state = 'CAPTURED' THEN 'CAPTURED' ELSE 'DECLINED' END, settled_at = p_now,
    booked = g.state = 'CAPTURED', reference = coalesce(g.reference, p.reference), brand = coalesce(g.brand, p.brand),
    last_four = coalesce(g.last_four, p.last_four), decline_code = g.code
  FROM given g WHERE p.tenant_id = p_tenant AND p.id = g.id;
  INSERT INTO outbox (tenant_id, id, name, aggregate_id, payload)
  SELECT p_tenant, e.event_id, e.name, e.id, e.payload::jsonb
  FROM unnest(p_ids, p_events, p_names, p_payloads) e (id, event_id, name, payload) WHERE e.id = ANY (v_won);
  PERFORM note_offline_changes(p_tenant, p_now, v_won);
  SELECT jsonb_agg(t) INTO v_transfers FROM jsonb_array_elements(p_transfers) t
  WHERE (t ->> 'referenceId')::uuid = ANY (v_won);
  IF v_transfers IS NOT NULL THEN
    PERFORM post_transfers(p_tenant, p_now, v_transfers);
  END IF;
  RETURN v_won;
END
$$;

-- Moves on a payment that is held by this lease (or, without one, by nobody's): it is sent again, let go until it is due
-- again, or laid aside. Gives its store; null where it is ours no more.
CREATE FUNCTION move_offline(
  p_tenant uuid, p_now timestamptz, p_id uuid, p_lease timestamptz, p_state text, p_due timestamptz
) RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_store uuid;
BEGIN
  UPDATE offline_payment SET
    state = CASE WHEN p_state = 'LAID_ASIDE' THEN state ELSE p_state END,
    lease_until = CASE WHEN p_state = 'AUTHORISING' THEN lease_until END,
    due_at = CASE p_state WHEN 'AUTHORISING' THEN due_at WHEN 'UNKNOWN' THEN p_due END,
    laid_aside_at = CASE WHEN p_state = 'LAID_ASIDE' THEN p_now END
  WHERE tenant_id = p_tenant AND id = p_id AND settled_at IS NULL AND laid_aside_at IS NULL
    AND (p_lease IS NULL OR lease_until = p_lease)
  RETURNING store_id INTO v_store;
  IF v_store IS NOT NULL THEN
    PERFORM note_offline_changes(p_tenant, p_now, ARRAY[p_id]);
  END IF;
  RETURN v_store;
END
$$;

GRANT EXECUTE ON FUNCTION note_offline_changes, claim_offline, settle_offline, move_offline TO tillgraph_payments;
