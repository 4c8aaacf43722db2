import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { readId } from '@tillgraph/rules/input-fields'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { completeOrder as complete } from '../usecases/complete-order.ts'
import { findStore } from './find-store.ts'
import { readTenders } from './read.ts'

export const completeOrder: NonNullable<MutationResolvers['completeOrder']> = async (_, { input }, context) => {
  const caller = requireCaller(context)
  const order = isUuid(input.id) ? await context.loaders.order.load(input.id) : undefined
  const store = order && (await findStore(context, order.storeId))
  if (!order || !store || !caller.may('orders.order.complete', order.storeId)) return notFound('order')
  const registerId = input.registerId ?? caller.registerId
  const wanted = readInput(() => ({
    version: input.version,
    registerId: registerId == null ? null : readId('registerId', registerId),
    tenders: readTenders(input.tenders, store.currency),
  }))
  return isInvalid(wanted) ? wanted : complete(context, order, store, wanted)
}
