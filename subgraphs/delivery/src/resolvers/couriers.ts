import { refusal } from '@tillgraph/kit/errors'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { CourierResolvers, MutationResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { ownCourier } from '../access/visible.ts'
import type { Context } from '../context.ts'
import type { Courier as CourierSource } from '../domain/courier.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { readName } from '../domain/read.ts'
import { listCouriers } from '../store/couriers.ts'
import { changeCourier, createCourier as create } from '../usecases/couriers.ts'
import { checkPlace, optionalId, readId } from './read-id.ts'

const NAME_CHARACTERS_MOST = 100

async function readable(context: Context, id: string): Promise<CourierSource | null> {
  const found = isUuid(id) ? await context.loaders.courier.load(id) : undefined
  return found && requireCaller(context).may('delivery.courier.read', found.storeId) ? found : null
}

export const courier: NonNullable<QueryResolvers['courier']> = (_, { id }, context) => readable(context, id)

export const couriers: NonNullable<QueryResolvers['couriers']> = async (_, { storeId, filter, ...given }, context) => {
  if (!isUuid(storeId)) throw refusal('BAD_USER_INPUT', 'storeId must be a UUID')
  const page = readPage<[string, string]>('couriers', 2, given)
  checkPlace(page.after, name => name.length <= NAME_CHARACTERS_MOST)
  const { tenantId } = requireCaller(context)
  const rows = await listCouriers(context.database, tenantId, storeId, filter?.active ?? null, page)
  return toConnection('couriers', page, rows, ({ firstName, id }) => [firstName, id])
}

export const createCourier: NonNullable<MutationResolvers['createCourier']> = async (_, { input }, context, info) => {
  const asked = readInput(() => ({
    id: optionalId('id', input.id),
    storeId: readId('storeId', input.storeId),
    userId: readId('userId', input.userId),
    firstName: readName('firstName', input.firstName),
    vehicle: input.vehicle,
  }))
  if (isInvalid(asked)) return asked
  const { tenantId } = requireCaller(context)
  const peer = { tenantId, requestId: context.requestId }
  const [store, user] = await Promise.all([
    context.stores.find(tenantId, asked.storeId, context.requestId),
    context.directory.hasUser(peer, asked.userId),
  ])
  if (!store) return notFound('store')
  return user ? create(context, asked, idempotencyKeyOf(context, info, asked.id)) : notFound('user')
}

export const updateCourier: NonNullable<MutationResolvers['updateCourier']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('courier')
  const change = readInput(() => ({
    id: input.id,
    version: input.version ?? undefined,
    ...(input.firstName == null ? {} : { firstName: readName('firstName', input.firstName) }),
    ...(input.vehicle == null ? {} : { vehicle: input.vehicle }),
    ...(input.active == null ? {} : { active: input.active }),
  }))
  return isInvalid(change) ? change : changeCourier(context, change)
}

export const Courier: CourierResolvers = {
  __resolveReference: async ({ id }, context) => {
    const own = await ownCourier(context)
    return own?.id === id ? own : readable(context, id)
  },
  store: ({ storeId }) => ({ id: storeId }),
  user: ({ userId }) => ({ id: userId }),
}
