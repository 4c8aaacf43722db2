import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId } from '@tillgraph/rules/input-fields'
import type { MutationResolvers, NumberBlockResolvers, QueryResolvers } from '../../../generated/graphql.ts'
import { BLOCK_NUMBERS_MOST, sizeOf } from '../../domain/offline/number-block.ts'
import { formatNumber } from '../../domain/order-number.ts'
import { isInvalid, notFound, readInput } from '../../domain/problems.ts'
import { type BlockPlace, listBlocks } from '../../store/offline/number-blocks.ts'
import { takeNumberBlock as take } from '../../usecases/offline/take-number-block.ts'
import { findRegister } from './find-register.ts'

const ORDER = 'number blocks'

export const takeNumberBlock: NonNullable<MutationResolvers['takeNumberBlock']> = async (_, { input }, context) => {
  const wanted = readInput(() => {
    if (!Number.isInteger(input.size) || input.size < 1 || input.size > BLOCK_NUMBERS_MOST)
      throw new InputFault('size', `This must be 1 to ${BLOCK_NUMBERS_MOST}.`)
    return { id: readId('id', input.id), size: BigInt(input.size) }
  })
  if (isInvalid(wanted)) return wanted
  const register = await findRegister(context, input.registerId, 'orders.order.complete')
  return register ? take(context, { ...wanted, ...register }) : notFound('till')
}

export const numberBlocks: NonNullable<QueryResolvers['numberBlocks']> = async (
  _,
  { registerId, ...given },
  context,
) => {
  const page = readPage<BlockPlace>(ORDER, 1, given)
  if (page.after && !/^\d{1,18}$/.test(page.after[0]))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const register = await findRegister(context, registerId, 'orders.order.read')
  const { tenantId } = requireCaller(context)
  const rows = register ? await listBlocks(context.database, tenantId, register.registerId, page) : []
  return toConnection(ORDER, page, rows, ({ first }): BlockPlace => [String(first)])
}

export const NumberBlock: NumberBlockResolvers = {
  register: ({ registerId }) => ({ id: registerId }),
  first: ({ first }) => formatNumber(first),
  last: ({ last }) => formatNumber(last),
  size: block => Number(sizeOf(block)),
  used: ({ used }) => Number(used),
  takenBy: ({ takenBy }) => (takenBy === null ? null : { id: takenBy }),
}
