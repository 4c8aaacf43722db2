-- What the access tokens of a partner's secret are named by. It is made anew when they must stop before they run out.
ALTER TABLE "partner_secret" ADD COLUMN "session_id" UUID NOT NULL DEFAULT gen_random_uuid();

-- The names before, for as long as tokens that bear them may live.
CREATE TABLE "ended_partner_session" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "partner_id" UUID NOT NULL,
    "ended_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "ended_partner_session_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "ended_partner_session_tenant_id_partner_id_fkey" FOREIGN KEY ("tenant_id", "partner_id") REFERENCES "partner"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "ended_partner_session_by_end" ON "ended_partner_session"("ended_at");
SELECT seal_table('ended_partner_session', 'SELECT', 'INSERT');
SELECT seal_for_relay('ended_partner_session', 'SELECT', 'DELETE');
SELECT seal_for_owner('ended_partner_session');

-- Sign-ins of people and of partners' systems, of all tenants, that ended since.
CREATE OR REPLACE FUNCTION ended_sessions(since timestamptz, most integer) RETURNS TABLE (id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$
        SELECT e.id FROM (
            (SELECT s.id, s.ended_at FROM session s WHERE s.ended_at > since ORDER BY s.ended_at DESC LIMIT most)
            UNION ALL
            (SELECT p.id, p.ended_at FROM ended_partner_session p WHERE p.ended_at > since ORDER BY p.ended_at DESC LIMIT most)
        ) e ORDER BY e.ended_at DESC LIMIT most
    $$;
