import { randomBytes } from 'node:crypto'
import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Context } from '../context.ts'
import { plainTransfer } from '../domain/books.ts'
import { giftCodeOf } from '../domain/gift-card.ts'
import { giftCardCodeTaken, invalidInput, notFound } from '../domain/problems.ts'
import { postTransfers } from '../store/books.ts'
import { hashGiftCode, insertGiftCard, loadGiftCards, type NewGiftCard, setBlocked } from '../store/gift-cards.ts'

export interface IssueGiftCard {
  readonly id: string | undefined
  readonly storeId: string
  readonly amount: bigint
  readonly currency: CurrencyCode
  readonly sold: boolean
  readonly orderId: string | null
  readonly code: string | undefined
  readonly expiresAt: Date | null
}

/** What was paid for it is owed from sales from now on; what was given is a cost. */
export async function issueGiftCard(context: Context, asked: IssueGiftCard, key: string | undefined) {
  const { tenantId, subject } = requireCaller(context)
  const { storeId, amount, currency, sold, orderId, expiresAt } = asked
  const store = await context.stores.find(tenantId, storeId, context.requestId)
  if (!store) return notFound('store')
  if (store.currency !== currency)
    return invalidInput('amount.currency', `This store keeps its books in ${store.currency}.`)
  const code = asked.code ?? giftCodeOf(randomBytes(16))
  let issued = false
  try {
    const answer = await carryOut(context, { operation: 'issueGiftCard', key, content: asked }, async session => {
      const now = context.clock.now()
      const id = asked.id ?? context.makeId()
      const card: NewGiftCard = {
        ...{ id, storeId, currency, initial: amount, sold, orderId, expiresAt },
        codeHash: hashGiftCode(code),
        lastFour: code.slice(-4),
        blocked: false,
        issuedBy: subject,
        issuedAt: now,
      }
      await insertGiftCard(session, card)
      const transfer = plainTransfer(
        {
          ...{ id: context.makeId(), kind: 'GIFT_CARD', storeId, drawerSessionId: null, currency, amount, note: null },
          referenceId: id,
          actor: subject,
        },
        { storeId, kind: sold ? 'SALES' : 'GIVEN_AWAY', holder: '' },
        { storeId: null, kind: 'GIFT_CARD', holder: id },
        amount,
      )
      await postTransfers(session, now, [transfer])
      issued = true
      return { __typename: 'IssueGiftCardSuccess' as const, giftCardId: id }
    })
    if (answer.__typename !== 'IssueGiftCardSuccess') return answer
    const [giftCard] = await loadGiftCards(context.database, tenantId, [answer.giftCardId])
    if (!giftCard) throw new Error('A gift card that was issued is not there')
    return { __typename: 'IssueGiftCardSuccess' as const, giftCard, giftCardCode: issued ? code : null }
  } catch (error) {
    if (violatedConstraint(error) === 'gift_card_code') return giftCardCodeTaken()
    throw error
  }
}

export async function blockGiftCard(context: Context, id: string, blocked: boolean) {
  const { tenantId } = requireCaller(context)
  const giftCard = await context.database.write(tenantId, session => setBlocked(session, id, blocked))
  return giftCard ? { __typename: 'BlockGiftCardSuccess' as const, giftCard } : notFound('gift card')
}

export interface IssueStoreCredit {
  readonly id: string | undefined
  readonly storeId: string
  readonly customerId: string
  readonly amount: bigint
  readonly currency: CurrencyCode
  readonly reason: string
}

export async function issueStoreCredit(context: Context, asked: IssueStoreCredit, key: string | undefined) {
  const { tenantId, subject } = requireCaller(context)
  const { storeId, customerId, amount, currency, reason } = asked
  const store = await context.stores.find(tenantId, storeId, context.requestId)
  if (!store) return notFound('store')
  if (store.currency !== currency)
    return invalidInput('amount.currency', `This store keeps its books in ${store.currency}.`)
  if (!(await context.identity.customerExists(tenantId, customerId, context.requestId))) return notFound('customer')
  return carryOut(context, { operation: 'issueStoreCredit', key, content: asked }, async session => {
    const transfer = plainTransfer(
      {
        ...{ id: asked.id ?? context.makeId(), kind: 'STORE_CREDIT', storeId, drawerSessionId: null, currency, amount },
        referenceId: customerId,
        actor: subject,
        note: reason,
      },
      { storeId, kind: 'GIVEN_AWAY', holder: '' },
      { storeId: null, kind: 'STORE_CREDIT', holder: customerId },
      amount,
    )
    await postTransfers(session, context.clock.now(), [transfer])
    return { __typename: 'IssueStoreCreditSuccess' as const, customerId, currency }
  })
}
