-- Cash that couriers collect at doors lies with them until they hand it in at a drawer. What customers owe for what was
-- sold offline lies on accounts of its own: PENDING while a processor is still to be asked, RECEIVABLE once it refused.
ALTER TABLE "account" DROP CONSTRAINT "account_kind_check", ADD CONSTRAINT "account_kind_check" CHECK (kind IN (
    'CASH_DRAWER', 'CASH_BOX', 'SAFE', 'CARD_CLEARING', 'MOBILE_CLEARING', 'STORE_CREDIT', 'GIFT_CARD', 'SALES', 'TIPS',
    'CASH_OVER_SHORT', 'PAID_IN', 'PAID_OUT', 'GIVEN_AWAY', 'COURIER_CASH', 'PENDING', 'RECEIVABLE'));
-- nobody hands in more than they hold
ALTER TABLE "account" ADD CONSTRAINT "account_courier_owes" CHECK (kind <> 'COURIER_CASH' OR balance >= 0);
CREATE INDEX "account_of_courier" ON "account" ("tenant_id", "store_id", "id") WHERE (kind = 'COURIER_CASH' AND balance <> 0);

ALTER TABLE "transfer" DROP CONSTRAINT "transfer_kind_check", ADD CONSTRAINT "transfer_kind_check" CHECK (kind IN (
    'CAPTURE', 'VOID', 'REFUND', 'GIFT_CARD', 'STORE_CREDIT', 'FLOAT', 'PAID_IN', 'PAID_OUT', 'VARIANCE', 'BANKED',
    'HANDED_IN', 'OWED', 'UNPAID'));
