import { refusal } from '@tillgraph/kit/errors'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { createProducts as create } from '../usecases/create-products.ts'

const PRODUCTS_MOST = 100

export const createProducts: NonNullable<MutationResolvers['createProducts']> = (_, { input }, context, info) => {
  if (input.length > PRODUCTS_MOST)
    throw refusal('BAD_USER_INPUT', `input: at most ${PRODUCTS_MOST} products are created at once.`)
  return create(context, input, index => ({ prev: info.path, key: index, typename: undefined }))
}
