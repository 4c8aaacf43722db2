import type { Session } from '@tillgraph/kit/database/session'
import { type PeerCaller, PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import { type Context, peerCaller, type Services } from '../context.ts'
import { goodsOf } from '../domain/basket.ts'
import type { Order } from '../domain/order.ts'
import { stillInProgress } from '../domain/problems.ts'
import { type HoldStockAnswer, holdStock } from '../peers/inventory.ts'
import { forgetHeldStock, type HeldStock, heldStockOf, saveHeldStock } from '../store/held-stock.ts'
import { leaveEnd } from '../store/loose-ends.ts'

/** For how long goods are kept back; a job prolongs it three times as often. */
export const HELD_SECONDS = 1_800
const PROLONG_AFTER_MS = 600_000
/** Until then, what a cancelled order leaves is for whoever cancelled it to tie up. */
const TIE_UP_MS = 30_000

export type GoodsProblem =
  | Extract<HoldStockAnswer, { readonly __typename: 'OutOfStock' | 'InvalidInput' }>
  | ReturnType<typeof stillInProgress>

/** Keeps back what an order wants, in place of what was kept back for it; or why it cannot be. The order is locked. */
export async function holdGoods(context: Context, session: Session, order: Order): Promise<GoodsProblem | undefined> {
  try {
    return await holdGoodsFor(context, peerCaller(context), session, order)
  } catch (error) {
    // what inventory keeps back beyond our knowledge runs out by itself
    if (error instanceof PeerFailure) return stillInProgress()
    throw error
  }
}

export async function holdGoodsFor(services: Services, caller: PeerCaller, session: Session, order: Order) {
  const { id: orderId, storeId } = order
  const goods = goodsOf(order.lines)
  const held = await heldStockOf(session, orderId)
  if (goods.length === 0) {
    if (held) await release(session, orderId, held.stockId, services.clock.now())
    return undefined
  }
  const stockId = held?.stockId ?? services.makeId()
  const answer = await holdNewGoods(services, caller, { stockId, storeId, goods })
  if (answer.__typename !== 'Held') return answer
  await noteHeld(services, session, { orderId, stockId, heldUntil: answer.until })
  return undefined
}

/** Keeps goods back under an id of our making. */
export async function holdNewGoods(
  services: Services,
  caller: PeerCaller,
  wanted: Omit<Parameters<typeof holdStock>[2], 'seconds'>,
) {
  const answer = await holdStock(services.peers, caller, { ...wanted, seconds: HELD_SECONDS })
  // an id of our own making that inventory knows as something else
  if (answer.__typename === 'AlreadyUsedDifferently')
    throw new Error('Goods of an open order are kept back for another')
  if (answer.__typename !== 'StockReserved') return answer
  return { __typename: 'Held', until: new Date(answer.expiresAt) } as const
}

export async function noteHeld({ clock }: Services, session: Session, held: HeldStock): Promise<void> {
  await saveHeldStock(session, held, new Date(clock.now().getTime() + PROLONG_AFTER_MS))
}

/** What a cancelled order leaves to be done: its goods are free again, its money goes back. The order is locked. */
export async function leaveGoodsAndMoney(services: Services, session: Session, orderId: string): Promise<void> {
  const now = services.clock.now()
  const held = await heldStockOf(session, orderId)
  if (held) await release(session, orderId, held.stockId, now)
  await leaveEnd(session, orderId, { kind: 'VOID_PAYMENTS', subjectId: orderId }, tieUpUntil(now))
}

async function release(session: Session, orderId: string, stockId: string, now: Date): Promise<void> {
  await forgetHeldStock(session, orderId)
  await leaveEnd(session, orderId, { kind: 'RELEASE_STOCK', subjectId: stockId }, tieUpUntil(now))
}

const tieUpUntil = (now: Date) => new Date(now.getTime() + TIE_UP_MS)
