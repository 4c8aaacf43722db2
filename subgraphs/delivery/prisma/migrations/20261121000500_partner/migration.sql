-- Who placed the order that is brought, where that was a partner.
ALTER TABLE "delivery" ADD COLUMN "partner_id" UUID;
