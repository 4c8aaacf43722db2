import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { openOrder as open, type WantedOrder } from '../usecases/open-order.ts'
import { findStore } from './find-store.ts'
import { readDiscount, readId, readLines, readNote } from './read.ts'

const NOTE_CHARACTERS_MOST = 500

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
    }),
  )
  return isInvalid(wanted) ? wanted : open(context, wanted)
}
