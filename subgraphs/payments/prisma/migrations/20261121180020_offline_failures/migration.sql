-- How often our own code has failed over a payment: a job holds many of them, so the row counts. docs/adr/0178.
ALTER TABLE "offline_payment" ADD COLUMN "failures" INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0);
