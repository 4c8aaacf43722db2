-- Orders: what is being sold, what was sold, and the numbers that people call them by. docs/adr/0100 says why the lines
-- of an order lie in its row, docs/adr/0101 how a sale is finished or undone whatever happens on its way.

-- What orders keeps of identity's stores.
CREATE TABLE "store" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "time_zone" TEXT NOT NULL,
    "day_ends_at" TEXT NOT NULL,
    "told_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "store_pkey" PRIMARY KEY ("tenant_id", "id")
);
SELECT seal_table('store', 'SELECT', 'INSERT', 'UPDATE');

-- The number that the next order of a store gets. Whoever takes one holds the row until it is used, so there is no gap.
CREATE TABLE "number_counter" (
    "tenant_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "next" BIGINT NOT NULL DEFAULT 1 CHECK (next > 0),

    CONSTRAINT "number_counter_pkey" PRIMARY KEY ("tenant_id", "store_id")
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
SELECT seal_table('number_counter', 'SELECT', 'INSERT', 'UPDATE');

-- Orders, open ones and those that were sold. Amounts are minor units of `currency`; the lines are read and written
-- whole, each with what it cost.
CREATE TABLE "customer_order" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "register_id" UUID,
    "cashier_id" UUID,
    "customer_id" UUID,
    "number" BIGINT NOT NULL CHECK (number > 0),
    "status" TEXT NOT NULL CHECK (status IN ('CREATED', 'CONFIRMED', 'PREPARING', 'READY', 'COMPLETED', 'CANCELLED',
        'PARTLY_REFUNDED', 'REFUNDED')),
    "parked_at" TIMESTAMPTZ(6),
    -- of the request that sold it; none while it is open
    "fingerprint" TEXT,
    -- under which id inventory knows its goods: another than its own where an earlier try to sell it was undone
    "stock_id" UUID,
    "currency" CHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    "prices" TEXT NOT NULL CHECK (prices IN ('INCLUSIVE', 'EXCLUSIVE')),
    "gross" BIGINT NOT NULL CHECK (gross >= 0),
    "discount" BIGINT NOT NULL CHECK (discount BETWEEN 0 AND gross),
    "net" BIGINT NOT NULL CHECK (net >= 0),
    "tax" BIGINT NOT NULL CHECK (tax >= 0),
    "total" BIGINT NOT NULL,
    "cash_rounding" BIGINT NOT NULL,
    "change" BIGINT NOT NULL DEFAULT 0 CHECK (change >= 0),
    "tips" BIGINT NOT NULL DEFAULT 0 CHECK (tips >= 0),
    "refunded" BIGINT NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    "order_discount" JSONB,
    "lines" JSONB NOT NULL,
    "note" TEXT NOT NULL,
    "business_date" DATE NOT NULL,
    "cancel_reason" TEXT,
    "version" INTEGER NOT NULL CHECK (version > 0),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "completed_at" TIMESTAMPTZ(6),
    "cancelled_at" TIMESTAMPTZ(6),

    CONSTRAINT "customer_order_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "customer_order_total" CHECK (total = net + tax),
    CONSTRAINT "customer_order_refunded" CHECK (refunded <= total + cash_rounding OR refunded = 0),
    CONSTRAINT "customer_order_sold" CHECK ((completed_at IS NOT NULL) = (status IN ('COMPLETED', 'PARTLY_REFUNDED',
        'REFUNDED'))),
    CONSTRAINT "customer_order_sold_once" CHECK ((completed_at IS NULL) = (fingerprint IS NULL)),
    CONSTRAINT "customer_order_cancelled" CHECK ((cancelled_at IS NOT NULL) = (status = 'CANCELLED'))
);
CREATE UNIQUE INDEX "customer_order_number" ON "customer_order" ("tenant_id", "store_id", "number");
CREATE INDEX "customer_order_newest" ON "customer_order" ("tenant_id", "created_at", "id");
CREATE INDEX "customer_order_of_store" ON "customer_order" ("tenant_id", "store_id", "created_at", "id");
CREATE INDEX "customer_order_of_cashier" ON "customer_order" ("tenant_id", "cashier_id", "created_at", "id");
CREATE INDEX "customer_order_of_customer" ON "customer_order" ("tenant_id", "customer_id", "created_at", "id")
    WHERE (customer_id IS NOT NULL);
CREATE INDEX "customer_order_open" ON "customer_order" ("tenant_id", "store_id", "created_at", "id")
    WHERE (status IN ('CREATED', 'CONFIRMED', 'PREPARING', 'READY'));
-- few among very many: who looks for them shall not read all that was sold
CREATE INDEX "customer_order_rare" ON "customer_order" ("tenant_id", "store_id", "created_at", "id")
    WHERE (status IN ('CANCELLED', 'PARTLY_REFUNDED', 'REFUNDED'));
SELECT seal_table('customer_order', 'SELECT', 'INSERT', 'UPDATE');

-- Sales on their way. SELLING: somebody carries it out until the lease ends, then anybody may go on with it. REFUSED:
-- it was refused and left nothing; it can be tried again. UNDOING and UNDONE: cut short, and taken back for ever.
-- The row of a sale that was completed is gone: the order stands for it.
CREATE TABLE "selling" (
    "tenant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('SELLING', 'REFUSED', 'UNDOING', 'UNDONE')),
    "fingerprint" TEXT NOT NULL,
    -- of an open order, the version that is sold; none where the sale makes the order
    "order_version" INTEGER,
    -- what goods were taken under in earlier tries is used up at inventory
    "stock_id" UUID NOT NULL,
    "content" JSONB NOT NULL,
    "leased_until" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "selling_pkey" PRIMARY KEY ("tenant_id", "order_id")
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX "selling_cut_short" ON "selling" ("leased_until", "tenant_id", "order_id")
    WHERE (state IN ('SELLING', 'UNDOING'));
SELECT seal_table('selling', 'SELECT', 'INSERT', 'UPDATE', 'DELETE');
SELECT seal_for_relay('selling', 'SELECT');

-- What comes back of orders. RETURNING: money or goods are on their way, and whoever finds the lease ended goes on.
CREATE TABLE "order_return" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "state" TEXT NOT NULL CHECK (state IN ('RETURNING', 'RETURNED', 'REFUSED')),
    "fingerprint" TEXT NOT NULL,
    "lines" JSONB NOT NULL,
    "amount" BIGINT NOT NULL CHECK (amount >= 0),
    "reason" TEXT NOT NULL,
    "restock" BOOLEAN NOT NULL,
    "register_id" UUID,
    "cashier_id" UUID,
    "leased_until" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "order_return_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "order_return_order" FOREIGN KEY ("tenant_id", "order_id")
        REFERENCES "customer_order" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "order_return_of_order" ON "order_return" ("tenant_id", "order_id");
CREATE INDEX "order_return_cut_short" ON "order_return" ("leased_until", "tenant_id", "id") WHERE (state = 'RETURNING');
SELECT seal_table('order_return', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_relay('order_return', 'SELECT');

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

-- A UUIDv7, for the events that these functions write.
CREATE FUNCTION new_event_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

-- Claims sales of one tenant, each by itself. The outcome is CLAIMED, with what is to be sold where that is not what
-- was given, because the sale was begun before; BUSY where another carries it out; SOLD; DIFFERENT where the id was used for something
-- else; UNDONE; and for open orders (p_versions): UNKNOWN, CLOSED, CHANGED.
-- The claim is made before the orders are looked at: whoever completes a sale deletes its claim and writes its order
-- in one transaction, so that after ours the one or the other is seen.
CREATE FUNCTION claim_sales(
  p_tenant uuid, p_now timestamptz, p_lease timestamptz, p_orders uuid[], p_stores uuid[], p_fingerprints text[],
  p_versions int[], p_stock_ids uuid[], p_contents jsonb[]
) RETURNS TABLE (number int, outcome text, stock_id uuid, content jsonb) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_count int := cardinality(p_orders);
  v_outcomes text[] := array_fill(NULL::text, ARRAY[v_count]);
  v_stock uuid[] := array_fill(NULL::uuid, ARRAY[v_count]);
  v_contents jsonb[] := array_fill(NULL::jsonb, ARRAY[v_count]);
  v_known record;
  v_outcome text;
  v_given_up uuid[] := '{}';
BEGIN
  FOR v_known IN
    WITH claimed AS (
      INSERT INTO selling AS s (tenant_id, order_id, store_id, state, fingerprint, order_version, stock_id, content,
        leased_until, created_at)
      SELECT p_tenant, id, p_stores[n], 'SELLING', p_fingerprints[n], p_versions[n], id, p_contents[n], p_lease, p_now
      FROM unnest(p_orders) WITH ORDINALITY o (id, n) ORDER BY id
      ON CONFLICT (tenant_id, order_id) DO UPDATE SET
        state = 'SELLING',
        fingerprint = excluded.fingerprint,
        order_version = excluded.order_version,
        store_id = excluded.store_id,
        content = CASE s.state WHEN 'REFUSED' THEN excluded.content ELSE s.content END,
        stock_id = CASE s.state WHEN 'REFUSED' THEN p_stock_ids[array_position(p_orders, s.order_id)] ELSE s.stock_id END,
        leased_until = excluded.leased_until
      WHERE s.state = 'REFUSED'
        OR s.state = 'SELLING' AND s.fingerprint = excluded.fingerprint AND s.leased_until <= p_now
      RETURNING s.order_id, s.stock_id, CASE WHEN s.xmax = 0 THEN NULL ELSE s.content END AS content
    )
    SELECT array_position(p_orders, c.order_id) AS n, c.* FROM claimed c
  LOOP
    v_outcomes[v_known.n] := 'CLAIMED';
    v_stock[v_known.n] := v_known.stock_id;
    v_contents[v_known.n] := v_known.content;
  END LOOP;

  FOR v_known IN
    SELECT array_position(p_orders, c.id) AS n, c.id, c.fingerprint, c.status, c.version
    FROM customer_order c WHERE c.tenant_id = p_tenant AND c.id = ANY (p_orders) ORDER BY c.id FOR NO KEY UPDATE
  LOOP
    v_outcome := CASE
      WHEN v_known.fingerprint = p_fingerprints[v_known.n] THEN 'SOLD'
      WHEN v_known.fingerprint IS NOT NULL OR p_versions[v_known.n] IS NULL THEN 'DIFFERENT'
      WHEN v_known.status NOT IN ('CREATED', 'CONFIRMED', 'PREPARING', 'READY') THEN 'CLOSED'
      WHEN v_known.version <> p_versions[v_known.n] THEN 'CHANGED'
      ELSE 'OPEN' END;
    IF v_outcome <> 'OPEN' THEN
      IF v_outcomes[v_known.n] = 'CLAIMED' THEN
        v_given_up := v_given_up || v_known.id;
      END IF;
      v_outcomes[v_known.n] := v_outcome;
    END IF;
    -- from here on, NULL in p_versions says that there is no open order to look for
    p_versions[v_known.n] := NULL;
  END LOOP;
  FOR n IN 1..v_count LOOP
    IF p_versions[n] IS NOT NULL THEN
      IF v_outcomes[n] = 'CLAIMED' THEN
        v_given_up := v_given_up || p_orders[n];
      END IF;
      v_outcomes[n] := 'UNKNOWN';
    END IF;
  END LOOP;
  IF cardinality(v_given_up) > 0 THEN
    UPDATE selling SET state = 'REFUSED', content = '{}' WHERE tenant_id = p_tenant AND order_id = ANY (v_given_up);
  END IF;

  IF array_position(v_outcomes, NULL) IS NOT NULL THEN
    FOR v_known IN
      SELECT array_position(p_orders, s.order_id) AS n, s.state, s.fingerprint FROM selling s
      WHERE s.tenant_id = p_tenant AND s.order_id = ANY (p_orders)
    LOOP
      CONTINUE WHEN v_outcomes[v_known.n] IS NOT NULL;
      v_outcomes[v_known.n] := CASE
        WHEN v_known.fingerprint <> p_fingerprints[v_known.n] THEN 'DIFFERENT'
        WHEN v_known.state = 'SELLING' THEN 'BUSY' ELSE 'UNDONE' END;
    END LOOP;
  END IF;

  -- one that was completed after the claim was refused and before we looked: asked again, it is found
  RETURN QUERY SELECT n, coalesce(v_outcomes[n], 'BUSY'), v_stock[n], v_contents[n] FROM generate_series(1, v_count) n;
END
$$;

-- Completes sales that were claimed and whose goods and money are taken: the order with its number, or the open order
-- that was sold; and the event. The outcome is SOLD, or GONE where the claim is no longer there to be completed.
CREATE FUNCTION complete_sales(
  p_tenant uuid, p_now timestamptz, p_orders uuid[], p_changes bigint[], p_tips bigint[]
) RETURNS TABLE (number int, outcome text, order_number bigint, order_version int) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_sold selling[];
BEGIN
  WITH gone AS (
    DELETE FROM selling s WHERE s.tenant_id = p_tenant AND s.order_id = ANY (p_orders) AND s.state = 'SELLING' RETURNING s.*
  )
  SELECT array_agg(gone::selling ORDER BY gone.created_at, gone.order_id) INTO v_sold FROM gone;
  IF v_sold IS NOT NULL THEN
    INSERT INTO number_counter (tenant_id, store_id)
    SELECT DISTINCT p_tenant, s.store_id FROM unnest(v_sold) s
    WHERE NOT EXISTS (SELECT FROM number_counter c WHERE c.tenant_id = p_tenant AND c.store_id = s.store_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM number_counter c WHERE c.tenant_id = p_tenant
      AND c.store_id IN (SELECT s.store_id FROM unnest(v_sold) s WHERE s.order_version IS NULL)
    ORDER BY c.store_id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH sold AS MATERIALIZED (
      SELECT s.order_id, s.store_id, s.fingerprint, s.stock_id, s.content, s.order_version,
        array_position(p_orders, s.order_id) AS n,
        row_number() OVER (PARTITION BY s.store_id, s.order_version IS NULL ORDER BY s.created_at, s.order_id) - 1 AS place
      FROM unnest(v_sold) s
    ), numbers AS (
      UPDATE number_counter c SET next = c.next + asked.numbers
      FROM (SELECT store_id, count(*) AS numbers FROM sold WHERE order_version IS NULL GROUP BY store_id) asked
      WHERE c.tenant_id = p_tenant AND c.store_id = asked.store_id
      RETURNING c.store_id, c.next - asked.numbers AS first
    ), made AS (
      INSERT INTO customer_order AS c
      SELECT r.* FROM sold JOIN numbers USING (store_id)
      CROSS JOIN LATERAL jsonb_populate_record(NULL::customer_order, sold.content -> 'order' || jsonb_build_object(
        'tenant_id', p_tenant, 'id', sold.order_id, 'store_id', sold.store_id, 'number', numbers.first + sold.place,
        'fingerprint', sold.fingerprint, 'stock_id', sold.stock_id, 'status', 'COMPLETED', 'completed_at', p_now,
        'change', p_changes[sold.n], 'tips', p_tips[sold.n], 'refunded', 0, 'version', 1)) r
      WHERE sold.order_version IS NULL
      RETURNING c.id, c.number, c.version
    ), changed AS (
      UPDATE customer_order c SET status = 'COMPLETED', completed_at = p_now, fingerprint = sold.fingerprint,
        stock_id = sold.stock_id, change = p_changes[sold.n], tips = p_tips[sold.n], version = c.version + 1,
        parked_at = NULL, register_id = r.register_id, cashier_id = r.cashier_id, business_date = r.business_date,
        cash_rounding = r.cash_rounding
      FROM sold CROSS JOIN LATERAL jsonb_populate_record(NULL::customer_order, sold.content -> 'order') r
      WHERE sold.order_version IS NOT NULL AND c.tenant_id = p_tenant AND c.id = sold.order_id
        AND c.version = sold.order_version
      RETURNING c.id, c.number, c.version
    ), done AS MATERIALIZED (
      SELECT * FROM made UNION ALL SELECT * FROM changed
    ), told AS (
      INSERT INTO outbox (tenant_id, id, name, aggregate_id, payload)
      SELECT p_tenant, new_event_id(), 'orders.order.completed.v1', sold.order_id, sold.content -> 'event'
        || jsonb_build_object('number', done.number::text, 'tips', p_tips[sold.n]::text)
      FROM sold JOIN done ON done.id = sold.order_id
    )
    SELECT sold.n, 'SOLD', done.number, done.version FROM sold JOIN done ON done.id = sold.order_id;
  END IF;
END
$$;

GRANT EXECUTE ON FUNCTION new_event_id, claim_sales, complete_sales TO tillgraph_orders;
