-- What becomes of an order's payments is numbered, for whoever follows it. Version 1 is an order's first row and costs
-- nothing: most orders are paid by cash in one statement, and nothing more happens to them.
ALTER TABLE "order_payment" ADD COLUMN "version" BIGINT NOT NULL DEFAULT 1;

CREATE TABLE "payment_change" (
    "tenant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "version" BIGINT NOT NULL,
    -- null where a later version of the same transaction says it all
    "facts" JSONB,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_change_pkey" PRIMARY KEY ("tenant_id", "order_id", "version")
);
CREATE INDEX "payment_change_at" ON "payment_change" ("at");
SELECT seal_table('payment_change', 'SELECT', 'INSERT');
SELECT seal_for_relay('payment_change', 'SELECT', 'DELETE');

-- Whoever changes a payment holds its order's row, so its versions are in the order of commits, without gaps.
CREATE FUNCTION number_order_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version = OLD.version AND (NEW.state <> OLD.state OR NEW.payment_ids <> OLD.payment_ids) THEN
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "order_payment_numbered" BEFORE UPDATE ON "order_payment"
    FOR EACH ROW EXECUTE FUNCTION number_order_change();

CREATE FUNCTION number_payment_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE order_payment SET version = version + 1 WHERE tenant_id = NEW.tenant_id AND order_id = NEW.order_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER "payment_numbered" AFTER UPDATE OF "state", "refunded" ON "payment"
    FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.refunded <> OLD.refunded) EXECUTE FUNCTION number_payment_change();

-- At the end of the transaction, so that a change is told as all of it has left the payments.
CREATE FUNCTION note_order_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO payment_change (tenant_id, order_id, version, facts)
  SELECT o.tenant_id, o.order_id, NEW.version, CASE WHEN o.version = NEW.version THEN jsonb_build_object(
    'state', o.state,
    'payments', coalesce((SELECT jsonb_agg(jsonb_build_object('id', p.id, 'state', p.state, 'refunded', p.refunded::text))
      FROM payment p WHERE p.tenant_id = o.tenant_id AND p.id = ANY (o.payment_ids)), '[]')) END
  FROM order_payment o WHERE o.tenant_id = NEW.tenant_id AND o.order_id = NEW.order_id;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER "order_payment_noted" AFTER UPDATE ON "order_payment" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.version <> OLD.version) EXECUTE FUNCTION note_order_change();

GRANT EXECUTE ON FUNCTION number_order_change, number_payment_change, note_order_change TO tillgraph_payments;
