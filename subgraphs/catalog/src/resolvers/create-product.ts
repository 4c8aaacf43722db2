import type { MutationResolvers } from '../../generated/graphql.ts'
import { present } from '../present.ts'
import { createProducts } from '../usecases/create-products.ts'

export const createProduct: NonNullable<MutationResolvers['createProduct']> = async (_, { input }, context, info) => {
  const [answer] = await createProducts(context, [input], () => info.path)
  return present(answer)
}
