import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { OFFLINE_APPROVALS_MOST } from '@tillgraph/rules/offline/record'
import { APPROVAL_CHARACTERS_MOST } from '@tillgraph/rules/offline/shapes'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { completeSale as complete, type WantedSale } from '../usecases/complete-sale.ts'
import { findStore } from './find-store.ts'
import { readDiscount, readLines, readTenders } from './read.ts'

const NOTE_CHARACTERS_MOST = 500

export const completeSale: NonNullable<MutationResolvers['completeSale']> = async (_, { input }, context) => {
  const store = await findStore(context, input.storeId)
  if (!store) return notFound('store')
  const registerId = input.registerId ?? requireCaller(context).registerId
  const wanted = readInput(
    (): WantedSale => ({
      id: readId('id', input.id),
      storeId: store.id,
      registerId: registerId == null ? null : readId('registerId', registerId),
      customerId: input.customerId == null ? null : readId('customerId', input.customerId),
      basket: {
        lines: readLines(input.lines, store.currency),
        discount: readDiscount('discount', input.discount, store.currency),
      },
      note: readNote('note', input.note, NOTE_CHARACTERS_MOST),
      tenders: readTenders(input.tenders, store.currency),
      ...readApprovals(input.approvals),
    }),
  )
  return isInvalid(wanted) ? wanted : complete(context, wanted)
}

/** Left out where there are none, so that a sale without any is the same request as ever. */
function readApprovals(given: readonly string[] | null | undefined): { readonly approvals?: readonly string[] } {
  if (!given || given.length === 0) return {}
  if (given.length > OFFLINE_APPROVALS_MOST || given.some(({ length }) => length > APPROVAL_CHARACTERS_MOST))
    throw new InputFault('approvals', `There are ${OFFLINE_APPROVALS_MOST} approvals at the most.`)
  return { approvals: given }
}
