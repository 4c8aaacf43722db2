import { readId } from '@tillgraph/rules/input-fields'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { voidPayments as carryOut } from '../usecases/void-payments.ts'
import { reading } from './read.ts'

export const voidPayments: NonNullable<MutationResolvers['voidPayments']> = (_, { orderId }, context) =>
  reading(
    () => readId('orderId', orderId),
    id => carryOut(context, id),
  )
