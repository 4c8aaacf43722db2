import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { money } from '@tillgraph/rules/money'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers, PaymentNoticeResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { notFound } from '../domain/problems.ts'
import { closeNotice, findNotice, listNotices, type NoticePlace } from '../store/payment-notices.ts'
import { storesWhereOffline } from './offline/records.ts'
import { personOf } from './offline/submit-batch.ts'

const ORDER = 'payment notices'

export const paymentNotices: NonNullable<QueryResolvers['paymentNotices']> = async (
  _,
  { filter, ...given },
  context,
) => {
  const page = readPage<NoticePlace>(ORDER, 2, given)
  if (page.after && (Number.isNaN(Date.parse(page.after[0])) || !isUuid(page.after[1])))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const stores = storesWhereOffline(context, filter?.storeId)
  const narrowing = { stores, open: filter?.open ?? undefined }
  const { tenantId } = requireCaller(context)
  const rows = stores.length === 0 ? [] : await listNotices(context.database, tenantId, narrowing, page)
  return toConnection(ORDER, page, rows, ({ raisedAt, paymentId }): NoticePlace => [raisedAt.toISOString(), paymentId])
}

export const closePaymentNotice: NonNullable<MutationResolvers['closePaymentNotice']> = async (
  _,
  { paymentId },
  context,
) => {
  const caller = requireCaller(context)
  if (!isUuid(paymentId)) return notFound('notice')
  return context.database.write(caller.tenantId, async session => {
    const known = await findNotice(session, paymentId)
    if (!known || !caller.may('payments.offline.manage', known.storeId)) return notFound('notice')
    await closeNotice(session, paymentId, personOf(context), context.clock.now())
    const notice = (await findNotice(session, paymentId)) ?? known
    return { __typename: 'ClosePaymentNoticeSuccess', notice } as const
  })
}

export const PaymentNotice: PaymentNoticeResolvers = {
  payment: ({ paymentId }) => ({ id: paymentId }),
  order: async ({ orderId }, _, context) => {
    const order = await context.loaders.order.load(orderId)
    if (!order) throw refusal('NOT_FOUND', 'There is no such order, or it is not yours to see.')
    return order
  },
  store: ({ storeId }) => ({ id: storeId }),
  register: ({ registerId }) => ({ id: registerId }),
  amount: ({ amount, currency }) => money(amount, currency),
  tip: ({ tip, currency }) => money(tip, currency),
  closedBy: ({ closedBy }) => (closedBy === null ? null : { id: closedBy }),
}
