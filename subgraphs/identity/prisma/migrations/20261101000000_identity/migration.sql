-- A business. Its slug is what is typed to sign in, so it is the one thing that is unique over all tenants.
CREATE TABLE "tenant" (
    "tenant_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "country" CHAR(2) NOT NULL,
    "default_currency" CHAR(3) NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("tenant_id"),
    CONSTRAINT "tenant_slug_form" CHECK ("slug" ~ '^[a-z0-9]([a-z0-9-]{1,38})[a-z0-9]$'),
    CONSTRAINT "tenant_country_form" CHECK ("country" ~ '^[A-Z]{2}$'),
    CONSTRAINT "tenant_currency_form" CHECK ("default_currency" ~ '^[A-Z]{3}$')
);
CREATE UNIQUE INDEX "tenant_slug_taken" ON "tenant"("slug");
SELECT seal_table('tenant');
-- tenant_of_slug looks it up before the tenant is known
SELECT seal_for_owner('tenant');

-- A shop at a place, with its currency, its clock and its receipts.
CREATE TABLE "store" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "street" TEXT,
    "postal_code" TEXT,
    "city" TEXT,
    "region" TEXT,
    "country" CHAR(2),
    "currency" CHAR(3) NOT NULL,
    "time_zone" TEXT NOT NULL,
    "day_end_minutes" SMALLINT NOT NULL,
    "receipt_header" TEXT NOT NULL,
    "receipt_footer" TEXT NOT NULL,
    "tax_number" TEXT,
    "small_ceiling" BIGINT NOT NULL,
    "large_ceiling" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "store_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "store_country_form" CHECK ("country" ~ '^[A-Z]{2}$'),
    CONSTRAINT "store_currency_form" CHECK ("currency" ~ '^[A-Z]{3}$'),
    CONSTRAINT "store_day_ends_by_noon" CHECK ("day_end_minutes" BETWEEN 0 AND 720),
    CONSTRAINT "store_ceilings_in_order" CHECK (0 <= "small_ceiling" AND "small_ceiling" <= "large_ceiling"),
    CONSTRAINT "store_address_whole" CHECK (num_nulls("street", "postal_code", "city", "country") IN (0, 4)),
    CONSTRAINT "store_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "store_name_taken" ON "store"("tenant_id", "name_key");
SELECT seal_table('store');

-- A till of a store.
CREATE TABLE "register" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "store_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "register_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "register_tenant_id_store_id_fkey" FOREIGN KEY ("tenant_id", "store_id") REFERENCES "store"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "register_name_taken" ON "register"("tenant_id", "store_id", "name_key");
SELECT seal_table('register');

-- The public keys that a till signed with; a row stays when its key is good no more, for what it signed before.
CREATE TABLE "register_key" (
    "tenant_id" UUID NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "register_id" UUID NOT NULL,
    "public_key" TEXT NOT NULL,
    "enrolled_at" TIMESTAMPTZ(6) NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "register_key_pkey" PRIMARY KEY ("tenant_id","thumbprint"),
    CONSTRAINT "register_key_public_key_form" CHECK ("public_key" ~ '^[A-Za-z0-9_-]{43}$'),
    CONSTRAINT "register_key_revoked_later" CHECK ("revoked_at" >= "enrolled_at"),
    CONSTRAINT "register_key_tenant_id_register_id_fkey" FOREIGN KEY ("tenant_id", "register_id") REFERENCES "register"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "register_key_by_register" ON "register_key"("tenant_id", "register_id", "enrolled_at" DESC);
CREATE UNIQUE INDEX "register_key_one_good" ON "register_key" ("tenant_id", "register_id") WHERE (revoked_at IS NULL);
SELECT seal_table('register_key');

-- A code by which a device may become a till; only its hash is known.
CREATE TABLE "enrolment_code" (
    "tenant_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "register_id" UUID NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "used_at" TIMESTAMPTZ(6),

    CONSTRAINT "enrolment_code_pkey" PRIMARY KEY ("tenant_id","code_hash"),
    CONSTRAINT "enrolment_code_hash_length" CHECK (length("code_hash") = 32),
    CONSTRAINT "enrolment_code_tenant_id_register_id_fkey" FOREIGN KEY ("tenant_id", "register_id") REFERENCES "register"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "enrolment_code_by_register" ON "enrolment_code"("tenant_id", "register_id");
SELECT seal_table('enrolment_code');

-- A person who works in the business and can sign in.
CREATE TABLE "user_account" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "user_name" TEXT NOT NULL,
    "user_name_key" TEXT COLLATE "C" NOT NULL,
    "email" TEXT,
    "email_key" TEXT COLLATE "C",
    "display_name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "password_hash" TEXT NOT NULL,
    "deactivated_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "user_account_email_key_with_email" CHECK (("email" IS NULL) = ("email_key" IS NULL)),
    CONSTRAINT "user_account_password_is_hashed" CHECK ("password_hash" LIKE '$argon2id$%'),
    CONSTRAINT "user_account_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "user_account_by_name" ON "user_account"("tenant_id", "name_key", "id");
CREATE UNIQUE INDEX "user_account_user_name_taken" ON "user_account"("tenant_id", "user_name_key");
CREATE UNIQUE INDEX "user_account_email_taken" ON "user_account"("tenant_id", "email_key");
SELECT seal_table('user_account');

-- A role that a person holds, in one store or, without one, in the whole business.
CREATE TABLE "role_grant" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "store_id" UUID,
    "granted_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "role_grant_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "role_grant_role_known" CHECK ("role" IN ('OWNER', 'MANAGER', 'CASHIER', 'STOCK_CLERK', 'COURIER')),
    CONSTRAINT "role_grant_owner_of_all" CHECK ("role" <> 'OWNER' OR "store_id" IS NULL),
    CONSTRAINT "role_grant_tenant_id_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "role_grant_tenant_id_store_id_fkey" FOREIGN KEY ("tenant_id", "store_id") REFERENCES "store"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "role_grant_by_store" ON "role_grant"("tenant_id", "store_id");
CREATE UNIQUE INDEX "role_grant_once" ON "role_grant"("tenant_id", "user_id", "role", "store_id") NULLS NOT DISTINCT;
SELECT seal_table('role_grant');

-- A sign-in on a device: the family of all refresh tokens that follow from it.
CREATE TABLE "session" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "register_id" UUID,
    "device_name" TEXT NOT NULL,
    "device_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "last_used_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),
    "end_reason" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "session_hash_length" CHECK (length("device_hash") = 32),
    CONSTRAINT "session_ended_with_reason" CHECK (("ended_at" IS NULL) = ("end_reason" IS NULL)),
    CONSTRAINT "session_tenant_id_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "session_tenant_id_register_id_fkey" FOREIGN KEY ("tenant_id", "register_id") REFERENCES "register"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "session_by_user" ON "session"("tenant_id", "user_id", "created_at" DESC, "id" DESC);
CREATE INDEX "session_by_register" ON "session"("tenant_id", "register_id");
CREATE INDEX "session_over" ON "session"("expires_at");
CREATE INDEX "session_ended" ON "session" ("ended_at") WHERE (ended_at IS NOT NULL);
SELECT seal_table('session');
SELECT seal_for_relay('session', 'SELECT', 'DELETE');
SELECT seal_for_owner('session');

-- A refresh token, of which only the hash is known; used ones stay for a while so that a second use is noticed.
CREATE TABLE "refresh_token" (
    "tenant_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "session_id" UUID NOT NULL,
    "issued_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "used_at" TIMESTAMPTZ(6),
    "successor" BYTEA,

    CONSTRAINT "refresh_token_pkey" PRIMARY KEY ("tenant_id","token_hash"),
    CONSTRAINT "refresh_token_hash_length" CHECK (length("token_hash") = 32),
    CONSTRAINT "refresh_token_successor_when_used" CHECK (("used_at" IS NULL) = ("successor" IS NULL)),
    CONSTRAINT "refresh_token_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX "refresh_token_by_session" ON "refresh_token"("tenant_id", "session_id");
SELECT seal_table('refresh_token');

-- Somebody who buys.
CREATE TABLE "customer" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "email" TEXT,
    "email_key" TEXT COLLATE "C",
    "phone" TEXT,
    "phone_key" TEXT COLLATE "C",
    "search_text" TEXT NOT NULL,
    "customer_group" TEXT,
    "is_tax_exempt" BOOLEAN NOT NULL,
    "tax_number" TEXT,
    "marketing_consent" BOOLEAN NOT NULL,
    "marketing_consent_changed_at" TIMESTAMPTZ(6),
    "note" TEXT NOT NULL,
    "anonymised_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "customer_email_key_with_email" CHECK (("email" IS NULL) = ("email_key" IS NULL)),
    CONSTRAINT "customer_phone_key_with_phone" CHECK (("phone" IS NULL) = ("phone_key" IS NULL)),
    CONSTRAINT "customer_anonymous_is_empty" CHECK ("anonymised_at" IS NULL OR ("name" = '' AND "email" IS NULL AND "phone" IS NULL AND "tax_number" IS NULL AND "note" = '' AND "search_text" = '')),
    CONSTRAINT "customer_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "customer_email_taken" ON "customer"("tenant_id", "email_key");
CREATE UNIQUE INDEX "customer_phone_taken" ON "customer"("tenant_id", "phone_key");
CREATE INDEX "customer_by_name" ON "customer" ("tenant_id", "name_key", "id") WHERE (anonymised_at IS NULL);
CREATE INDEX "customer_by_group" ON "customer" ("tenant_id", "customer_group", "name_key", "id") WHERE (anonymised_at IS NULL);
CREATE INDEX "customer_by_text" ON "customer" USING GIN ("tenant_id", "search_text" gin_trgm_ops) WHERE (anonymised_at IS NULL);
SELECT seal_table('customer');
SELECT seal_for_owner('customer');

-- A system of somebody else's that may use the graph.
CREATE TABLE "partner" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "scopes" TEXT[],
    "deactivated_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "partner_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "partner_scopes_counted" CHECK (cardinality("scopes") BETWEEN 1 AND 20),
    CONSTRAINT "partner_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "partner_name_taken" ON "partner"("tenant_id", "name_key");
SELECT seal_table('partner');

-- A partner's secret, of which only the hash is known.
CREATE TABLE "partner_secret" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "partner_id" UUID NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6),

    CONSTRAINT "partner_secret_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "partner_secret_hash_length" CHECK (length("secret_hash") = 32),
    CONSTRAINT "partner_secret_tenant_id_partner_id_fkey" FOREIGN KEY ("tenant_id", "partner_id") REFERENCES "partner"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "partner_secret_by_partner" ON "partner_secret"("tenant_id", "partner_id", "created_at" DESC);
SELECT seal_table('partner_secret');

-- Who changed what, when. Rows are only ever added.
CREATE TABLE "audit_entry" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "actor" TEXT NOT NULL,
    "actor_id" UUID,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "store_id" UUID,
    "before" JSONB,
    "after" JSONB,
    "request" TEXT,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "audit_entry_actor_known" CHECK ("actor" IN ('USER', 'PARTNER', 'SYSTEM', 'ANONYMOUS')),
    CONSTRAINT "audit_entry_subject_known" CHECK ("subject" IN ('TENANT', 'STORE', 'REGISTER', 'USER', 'SESSION', 'CUSTOMER', 'PARTNER'))
);
CREATE INDEX "audit_entry_by_time" ON "audit_entry"("tenant_id", "at" DESC, "id" DESC);
CREATE INDEX "audit_entry_by_subject" ON "audit_entry"("tenant_id", "subject", "subject_id", "at" DESC, "id" DESC);
CREATE INDEX "audit_entry_by_actor" ON "audit_entry"("tenant_id", "actor_id", "at" DESC, "id" DESC);
SELECT seal_table('audit_entry', 'SELECT', 'INSERT');

-- What is written stays as it was written, for whoever has the right to change tables, too.
CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = identity, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is only ever added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "audit_entry_stays" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entry"
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays();

-- The keys that access tokens are signed with. Of the whole installation, and only reached by functions.
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "public_key" JSONB NOT NULL,
    "private_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "current_since" TIMESTAMPTZ(6),
    "retired_at" TIMESTAMPTZ(6),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("kid"),
    CONSTRAINT "signing_key_state_known" CHECK ("state" IN ('NEXT', 'CURRENT', 'RETIRED')),
    CONSTRAINT "signing_key_retired_when" CHECK (("state" = 'RETIRED') = ("retired_at" IS NOT NULL))
);
CREATE UNIQUE INDEX "signing_key_one_each" ON "signing_key" ("state") WHERE (state <> 'RETIRED');
ALTER TABLE "signing_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "signing_key" FORCE ROW LEVEL SECURITY;
SELECT seal_for_owner('signing_key');

-- How often signing in has failed, by hashed name or address. Of the whole installation, and only reached by functions.
CREATE TABLE "sign_in_throttle" (
    "bucket" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,
    "last_at" TIMESTAMPTZ(6) NOT NULL,
    "blocked_until" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "sign_in_throttle_pkey" PRIMARY KEY ("bucket")
);
ALTER TABLE "sign_in_throttle" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sign_in_throttle" FORCE ROW LEVEL SECURITY;
SELECT seal_for_owner('sign_in_throttle');

-- Which business a slug names: the one thing that is asked before the tenant is known.
CREATE FUNCTION tenant_of_slug(named text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT tenant_id FROM tenant WHERE slug = named $$;
GRANT EXECUTE ON FUNCTION tenant_of_slug(text) TO tillgraph_identity;

-- Sign-ins of all tenants that ended since, for whoever must refuse their tokens before these run out by themselves.
CREATE FUNCTION ended_sessions(since timestamptz, most integer) RETURNS TABLE (id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT id FROM session WHERE ended_at > since ORDER BY ended_at DESC LIMIT most $$;
GRANT EXECUTE ON FUNCTION ended_sessions(timestamptz, integer) TO tillgraph_identity;

-- Counts an attempt before it is made and answers 0, or says in how many seconds the next one may be made. Attempts
-- are counted first and forgiven when they go well, so that any number at once cannot get past the limit.
CREATE FUNCTION throttle_admit(which integer, moment timestamptz, free integer, most integer, lock_seconds integer)
    RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
    counted integer;
    until timestamptz;
BEGIN
    INSERT INTO sign_in_throttle AS known VALUES (which, 1, moment, moment)
    ON CONFLICT (bucket) DO UPDATE SET
        failures = CASE WHEN known.last_at + make_interval(secs => lock_seconds) <= moment THEN 1
                        ELSE known.failures + 1 END,
        last_at = moment
    WHERE known.blocked_until <= moment
    RETURNING failures INTO counted;
    IF counted IS NULL THEN
        SELECT blocked_until INTO until FROM sign_in_throttle WHERE bucket = which;
        RETURN greatest(1, ceil(extract(epoch FROM until - moment)))::integer;
    END IF;
    IF counted > free THEN
        UPDATE sign_in_throttle SET blocked_until = moment + make_interval(secs =>
            CASE WHEN counted >= most THEN lock_seconds ELSE least(lock_seconds, 2 ^ (counted - free - 1)) END)
        WHERE bucket = which;
    END IF;
    RETURN 0;
END $$;
GRANT EXECUTE ON FUNCTION throttle_admit(integer, timestamptz, integer, integer, integer) TO tillgraph_identity;

-- Takes back what throttle_admit counted: all of it, or the one attempt that went well.
CREATE FUNCTION throttle_forgive(which integer, everything boolean) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
    UPDATE sign_in_throttle SET failures = CASE WHEN everything THEN 0 ELSE greatest(0, failures - 1) END,
        blocked_until = last_at
    WHERE bucket = which $$;
GRANT EXECUTE ON FUNCTION throttle_forgive(integer, boolean) TO tillgraph_identity;

-- Forgets attempts that no longer count.
CREATE FUNCTION throttle_sweep(before timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ DELETE FROM sign_in_throttle WHERE last_at < before AND blocked_until < before $$;
GRANT EXECUTE ON FUNCTION throttle_sweep(timestamptz) TO tillgraph_identity;

-- The signing keys, private parts sealed with a secret that the database does not know.
CREATE FUNCTION signing_keys() RETURNS SETOF signing_key
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT * FROM signing_key ORDER BY created_at, kid $$;
GRANT EXECUTE ON FUNCTION signing_keys() TO tillgraph_identity;

-- Brings the signing keys to where they should be, with up to two new ones at hand: the first keys of all; the next
-- one made current when the current one has become too old; and retired ones forgotten once nothing that they signed
-- can live. However many processes call it at once, one does it. Answers whether anything changed.
CREATE FUNCTION turn_signing_keys(moment timestamptz, change_before timestamptz, published_before timestamptz,
    forget_before timestamptz, distrust boolean, fresh jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
    used signing_key;
    following signing_key;
BEGIN
    PERFORM pg_advisory_xact_lock(7417060);
    DELETE FROM signing_key WHERE distrust OR retired_at < forget_before;
    SELECT * INTO used FROM signing_key WHERE state = 'CURRENT';
    IF NOT FOUND THEN
        INSERT INTO signing_key (kid, state, public_key, private_key, created_at, current_since)
        SELECT made->>'kid', CASE position WHEN 1 THEN 'CURRENT' ELSE 'NEXT' END, made->'public',
            decode(made->>'private', 'base64'), moment, CASE position WHEN 1 THEN moment END
        FROM jsonb_array_elements(fresh) WITH ORDINALITY AS given (made, position) WHERE position <= 2;
        RETURN true;
    END IF;
    SELECT * INTO following FROM signing_key WHERE state = 'NEXT';
    IF used.current_since > change_before OR following.kid IS NULL OR following.created_at > published_before THEN
        RETURN false;
    END IF;
    UPDATE signing_key SET state = 'RETIRED', retired_at = moment WHERE kid = used.kid;
    UPDATE signing_key SET state = 'CURRENT', current_since = moment WHERE kid = following.kid;
    INSERT INTO signing_key (kid, state, public_key, private_key, created_at)
    SELECT made->>'kid', 'NEXT', made->'public', decode(made->>'private', 'base64'), moment
    FROM jsonb_array_elements(fresh) WITH ORDINALITY AS given (made, position) WHERE position = 1;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION turn_signing_keys(timestamptz, timestamptz, timestamptz, timestamptz, boolean, jsonb)
    TO tillgraph_identity;

-- Customers of the bound tenant who hold a text in their name, e-mail or phone, the best first; when nobody does, those
-- whom it is like, for whoever mistyped. A function of the owner, because under row-level security LIKE and trigrams
-- are not trusted with the index and every customer would be read.
CREATE FUNCTION search_customers(wanted text, pattern text, in_group text, after_rank integer, after_id uuid,
    most integer)
    RETURNS TABLE (id uuid, rank integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, extensions, pg_temp AS $$
    WITH exact AS MATERIALIZED (
        SELECT c.id, (CASE WHEN c.name_key LIKE pattern || '%' THEN 4000
                WHEN c.email_key LIKE pattern || '%' OR c.phone_key LIKE pattern || '%' THEN 3000
                WHEN c.search_text LIKE '% ' || pattern || '%' THEN 2000 ELSE 1001 END
            + greatest(0, 900 - length(c.search_text)))::integer AS rank
        FROM customer c
        WHERE c.tenant_id = nullif(current_setting('tillgraph.tenant', true), '')::uuid AND c.anonymised_at IS NULL
          AND (in_group IS NULL OR c.customer_group = in_group)
          AND c.search_text LIKE '%' || pattern || '%'
    ), found AS (
        SELECT * FROM exact
        UNION ALL
        SELECT c.id, round(1000 * word_similarity(wanted, c.search_text))::integer
        FROM customer c
        WHERE NOT EXISTS (SELECT FROM exact)
          AND c.tenant_id = nullif(current_setting('tillgraph.tenant', true), '')::uuid AND c.anonymised_at IS NULL
          AND (in_group IS NULL OR c.customer_group = in_group)
          AND wanted <% c.search_text
    )
    SELECT f.id, f.rank FROM found f
    WHERE after_rank IS NULL OR f.rank < after_rank OR (f.rank = after_rank AND f.id > after_id)
    ORDER BY f.rank DESC, f.id LIMIT most $$;
GRANT EXECUTE ON FUNCTION search_customers(text, text, text, integer, uuid, integer) TO tillgraph_identity;

-- The same for one or two characters, which no trigram holds: what begins with them.
CREATE FUNCTION search_customers_by_prefix(prefix text, in_group text, after_key text, after_id uuid,
    most integer)
    RETURNS TABLE (id uuid, name_key text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
    SELECT c.id, c.name_key FROM customer c
    WHERE c.tenant_id = nullif(current_setting('tillgraph.tenant', true), '')::uuid AND c.anonymised_at IS NULL
      AND (in_group IS NULL OR c.customer_group = in_group)
      AND (c.name_key >= prefix AND c.name_key < prefix || chr(1114111)
        OR c.email_key >= prefix AND c.email_key < prefix || chr(1114111)
        OR c.phone_key >= prefix AND c.phone_key < prefix || chr(1114111))
      AND (after_key IS NULL OR (c.name_key, c.id) > (after_key, after_id))
    ORDER BY c.name_key, c.id LIMIT most $$;
GRANT EXECUTE ON FUNCTION search_customers_by_prefix(text, text, text, uuid, integer) TO tillgraph_identity;

-- What every subgraph's first migration holds, word for word, after its own tables: the events it tells, the events
-- it has heard, and the answers it has given. The Prisma models are in tables.prisma. See docs/adr/0050.

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
