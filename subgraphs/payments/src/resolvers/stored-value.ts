import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { type CurrencyCode, parseCurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId } from '@tillgraph/rules/input-fields'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  CustomerResolvers,
  GiftCardResolvers,
  IssueStoreCreditSuccessResolvers,
  MutationResolvers,
  QueryResolvers,
} from '../../generated/graphql.ts'
import { giftCardState, normaliseGiftCode } from '../domain/gift-card.ts'
import { giftCardByCode, hashGiftCode } from '../store/gift-cards.ts'
import * as storedValue from '../usecases/stored-value.ts'
import { readAmount, reading, readLine, readOptionalId } from './read.ts'

const REASON_CHARACTERS_MOST = 200
const CODE_CHARACTERS_MOST = 64

export const giftCard: NonNullable<QueryResolvers['giftCard']> = async (_, args, context) => {
  const code = normaliseGiftCode(args.code)
  if (code === undefined) return null
  const { tenantId } = requireCaller(context)
  return (await context.database.read(tenantId, session => giftCardByCode(session, hashGiftCode(code)))) ?? null
}

export const issueGiftCard: NonNullable<MutationResolvers['issueGiftCard']> = (_, { input }, context, info) =>
  reading(
    () => ({
      id: input.id ? readId('id', input.id) : undefined,
      storeId: readId('storeId', input.storeId),
      amount: readAmount('amount', input.amount, 'positive'),
      currency: input.amount.currency,
      sold: input.sold ?? true,
      orderId: readOptionalId('orderId', input.orderId),
      code: readCode(input.code),
      expiresAt: input.expiresAt ?? null,
    }),
    asked => storedValue.issueGiftCard(context, asked, idempotencyKeyOf(context, info, input.id)),
  )

function readCode(given: string | null | undefined): string | undefined {
  if (given === null || given === undefined) return undefined
  const code = normaliseGiftCode(readLine('code', given, CODE_CHARACTERS_MOST))
  if (code === undefined) throw new InputFault('code', 'A code has 12 to 32 letters and digits.')
  return code
}

export const blockGiftCard: NonNullable<MutationResolvers['blockGiftCard']> = (_, { input }, context) =>
  reading(
    () => readId('id', input.id),
    id => storedValue.blockGiftCard(context, id, input.blocked ?? true),
  )

export const issueStoreCredit: NonNullable<MutationResolvers['issueStoreCredit']> = (_, { input }, context, info) =>
  reading(
    () => ({
      id: input.id ? readId('id', input.id) : undefined,
      storeId: readId('storeId', input.storeId),
      customerId: readId('customerId', input.customerId),
      amount: readAmount('amount', input.amount, 'positive'),
      currency: input.amount.currency,
      reason: readLine('reason', input.reason, REASON_CHARACTERS_MOST),
    }),
    asked => storedValue.issueStoreCredit(context, asked, idempotencyKeyOf(context, info, input.id)),
  )

const balanceIn = (held: readonly { currency: string; balance: bigint }[], currency: CurrencyCode) => ({
  minor: held.find(one => one.currency === currency)?.balance ?? 0n,
  currency,
})

export const GiftCard: GiftCardResolvers = {
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? ((await context.loaders.giftCard.load(id)) ?? null) : null,
  state: (card, _, context) => giftCardState(card, context.clock.now()),
  balance: async ({ id, currency }, _, context) => balanceIn(await context.loaders.giftCardBalance.load(id), currency),
  initialAmount: ({ initial, currency }) => ({ minor: initial, currency }),
}

export const Customer: CustomerResolvers = {
  __resolveReference: ({ id }) => (isUuid(id) ? { id } : null),
  storeCredit: async ({ id }, _, context) =>
    (await context.loaders.storeCredit.load(id)).map(({ currency, balance }) => ({
      minor: balance,
      currency: parseCurrencyCode(currency),
    })),
}

export const IssueStoreCreditSuccess: IssueStoreCreditSuccessResolvers = {
  customer: ({ customerId }) => ({ id: customerId }),
  balance: async ({ customerId, currency }, _, context) =>
    balanceIn(await context.loaders.storeCredit.load(customerId), currency),
}
