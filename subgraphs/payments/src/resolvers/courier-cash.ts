import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { readId } from '@tillgraph/rules/input-fields'
import { isUuid } from '@tillgraph/rules/uuid'
import type { CourierCashResolvers, MutationResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { listCourierCash } from '../store/courier-cash.ts'
import { handInCourierCash as handIn } from '../usecases/hand-in-cash.ts'
import { readAmount, reading } from './read.ts'

export const courierCash: NonNullable<QueryResolvers['courierCash']> = async (_, args, context) => {
  const page = readPage<[string]>('courier-cash', 1, args)
  const { tenantId } = requireCaller(context)
  const rows = isUuid(args.storeId)
    ? await listCourierCash(context.database, tenantId, args.storeId, page.after?.[0] ?? null, page.first + 1)
    : []
  return toConnection('courier-cash', page, rows, ({ id }) => [id])
}

export const handInCourierCash: NonNullable<MutationResolvers['handInCourierCash']> = (_, { input }, context, info) =>
  reading(
    () => ({
      id: input.id ? readId('id', input.id) : undefined,
      sessionId: readId('sessionId', input.sessionId),
      courierId: readId('courierId', input.courierId),
      amount: readAmount('amount', input.amount, 'positive'),
      currency: input.amount.currency,
    }),
    asked => handIn(context, asked, idempotencyKeyOf(context, info, input.id)),
  )

export const CourierCash: CourierCashResolvers = {
  courier: ({ courierId }) => ({ id: courierId }),
  held: ({ balance, currency }) => ({ minor: balance, currency }),
}
