import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { money } from '@tillgraph/rules/money'
import { isUuid } from '@tillgraph/rules/uuid'
import type { DeliveryResolvers, OrderResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { ownCourier, visible } from '../access/visible.ts'
import { listDeliveries, listOfCourier } from '../store/deliveries.ts'
import { checkPlace, isInstant } from './read-id.ts'

export const delivery: NonNullable<QueryResolvers['delivery']> = async (_, { id }, context) =>
  isUuid(id) ? visible(context, await context.loaders.delivery.load(id)) : null

export const deliveries: NonNullable<QueryResolvers['deliveries']> = async (
  _,
  { storeId, filter, ...given },
  context,
) => {
  const courierId = filter?.courierId ?? null
  if (!isUuid(storeId) || (courierId !== null && !isUuid(courierId)))
    throw refusal('BAD_USER_INPUT', 'storeId and courierId must be UUIDs')
  const page = readPage<[string, string]>('deliveries', 2, given)
  checkPlace(page.after, isInstant)
  const narrowed = {
    states: filter?.states ? [...new Set(filter.states)] : null,
    courierId,
    windowFrom: filter?.windowFrom ?? null,
    windowUntil: filter?.windowUntil ?? null,
    createdFrom: filter?.createdFrom ?? null,
    createdUntil: filter?.createdUntil ?? null,
  }
  const rows = await listDeliveries(context.database, requireCaller(context).tenantId, storeId, narrowed, page)
  return toConnection('deliveries', page, rows, ({ createdAt, id }) => [createdAt.toISOString(), id])
}

export const myDeliveries: NonNullable<QueryResolvers['myDeliveries']> = async (_, given, context) => {
  const page = readPage<[string, string]>('my deliveries', 2, given)
  checkPlace(page.after, isInstant)
  const { tenantId, may } = requireCaller(context)
  const courier = await ownCourier(context)
  const isTheirs = courier !== undefined && may('delivery.own.read', courier.storeId)
  const rows = isTheirs ? await listOfCourier(context.database, tenantId, courier.id, page) : []
  return toConnection('my deliveries', page, rows, ({ windowUntil, id }) => [windowUntil.toISOString(), id])
}

export const Order: OrderResolvers = {
  async delivery({ id }, _, context) {
    return isUuid(id) ? visible(context, await context.loaders.deliveryOfOrder.load(id)) : null
  },
}

export const Delivery: DeliveryResolvers = {
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? visible(context, await context.loaders.delivery.load(id)) : null,
  order: ({ orderId }) => ({ id: orderId }),
  store: ({ storeId }) => ({ id: storeId }),
  customer: ({ customerId }) => (customerId === null ? null : { id: customerId }),
  version: ({ version }) => Number(version),
  zone: async ({ zoneId }, _, context) => (await context.loaders.zone.load(zoneId)) ?? null,
  fee: ({ fee, currency }) => money(fee, currency),
  cashDue: ({ cashDue, currency }) => (cashDue === null ? null : money(cashDue, currency)),
  cashCollected: ({ cashDue, currency, state }) =>
    cashDue === null || state !== 'DELIVERED' ? null : money(cashDue, currency),
  pinRequired: ({ pinHash }) => pinHash !== null,
  async courier({ courierId, storeId }, _, context) {
    if (courierId === null) return null
    if (requireCaller(context).may('delivery.delivery.read', storeId))
      return (await context.loaders.courier.load(courierId)) ?? null
    const own = await ownCourier(context)
    return own?.id === courierId ? own : null
  },
  assignedToMe: async ({ courierId }, _, context) =>
    courierId !== null && (await ownCourier(context))?.id === courierId,
  trail: async ({ id }, _, context) => [...(await context.loaders.trail.load(id))],
  proof: ({ proof, endedAt }) => (proof && endedAt ? { ...proof, at: endedAt } : null),
}
