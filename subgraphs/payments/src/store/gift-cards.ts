import { createHash } from 'node:crypto'
import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { GiftCard } from '../domain/gift-card.ts'

const COLUMNS = `id, store_id as "storeId", last_four as "lastFour", blocked, currency, initial,
  issued_at as "issuedAt", expires_at as "expiresAt"`

const BY_CODE = sql<GiftCard>(`select ${COLUMNS} from gift_card where tenant_id = $1 and code_hash = $2`)
const BY_ID = sql<GiftCard>(`select ${COLUMNS} from gift_card where tenant_id = $1 and id = any($2::uuid[])`)

const INSERT = sql(`
  insert into gift_card (tenant_id, id, store_id, code_hash, last_four, currency, initial, sold, order_id, issued_by,
    issued_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)

const BLOCK = sql<GiftCard>(`
  update gift_card set blocked = $3 where tenant_id = $1 and id = $2 returning ${COLUMNS}`)

const BALANCES = sql<{ holder: string; currency: string; balance: bigint }>(`
  select holder, currency, -balance as balance from account
  where tenant_id = $1 and kind = $2 and holder = any($3::text[]) order by holder, currency`)

/** Codes have 60 bits and more: a plain hash cannot be turned back. */
export function hashGiftCode(code: string): string {
  return createHash('sha256').update(`gift card ${code}`).digest('base64url')
}

export type FindsByCode = Pick<Session, 'query' | 'tenantId'>

export async function giftCardByCode(session: FindsByCode, codeHash: string): Promise<GiftCard | undefined> {
  const [card] = await session.query(BY_CODE, [session.tenantId, codeHash])
  return card
}

export function loadGiftCards(database: Database, tenantId: string, ids: readonly string[]): Promise<GiftCard[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

export interface NewGiftCard extends GiftCard {
  readonly codeHash: string
  readonly sold: boolean
  readonly orderId: string | null
  readonly issuedBy: string | null
}

export async function insertGiftCard(session: Session, card: NewGiftCard): Promise<void> {
  await session.execute(INSERT, [
    session.tenantId,
    card.id,
    card.storeId,
    card.codeHash,
    card.lastFour,
    card.currency,
    card.initial,
    card.sold,
    card.orderId,
    card.issuedBy,
    card.issuedAt,
    card.expiresAt,
  ])
}

export async function setBlocked(session: Session, id: string, blocked: boolean): Promise<GiftCard | undefined> {
  const [card] = await session.query(BLOCK, [session.tenantId, id, blocked])
  return card
}

/** What holders of gift cards or store credit may still spend, by currency. */
export function loadHeld(
  database: Database,
  tenantId: string,
  kind: 'GIFT_CARD' | 'STORE_CREDIT',
  holders: readonly string[],
): Promise<{ holder: string; currency: string; balance: bigint }[]> {
  return database.query(tenantId, BALANCES, [tenantId, kind, holders])
}
