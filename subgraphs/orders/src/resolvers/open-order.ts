import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { type Fulfilment, readFulfilment } from '../domain/fulfilment.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { openOrder as open, type WantedOrder } from '../usecases/open-order.ts'
import { findStore } from './find-store.ts'
import { readDiscount, readLines } from './read.ts'

const NOTE_CHARACTERS_MOST = 500

const fulfilmentOf = (given: Fulfilment | null | undefined) =>
  given ? { ...given, partnerId: null, reference: null } : null

export const openOrder: NonNullable<MutationResolvers['openOrder']> = async (_, { input }, context) => {
  const store = await findStore(context, input.storeId)
  if (!store) return notFound('store')
  const registerId = input.registerId ?? requireCaller(context).registerId
  const wanted = readInput(
    (): WantedOrder => ({
      id: readId('id', input.id),
      storeId: store.id,
      registerId: registerId == null ? null : readId('registerId', registerId),
      customerId: input.customerId == null ? null : readId('customerId', input.customerId),
      basket: {
        lines: input.lines?.length ? readLines(input.lines, store.currency) : [],
        discount: readDiscount('discount', input.discount, store.currency),
      },
      note: readNote('note', input.note, NOTE_CHARACTERS_MOST),
      fulfilment: fulfilmentOf(input.fulfilment && readFulfilment(input.fulfilment, context.clock.now())),
    }),
  )
  return isInvalid(wanted) ? wanted : open(context, wanted)
}
