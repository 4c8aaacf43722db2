import { RuleFault } from '@tillgraph/rules/fault'
import { parseSku, skuKey } from '@tillgraph/rules/sku'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { productBySkuKey } from '../store/find-products.ts'

export const productBySku: NonNullable<QueryResolvers['productBySku']> = async (_, { sku }, context) => {
  const key = keyOf(sku)
  return key === undefined ? null : ((await productBySkuKey(context.database, context.tenantId, key)) ?? null)
}

/** Undefined for what can be no SKU, which no product has. */
function keyOf(text: string): string | undefined {
  try {
    return skuKey(parseSku(text))
  } catch (error) {
    if (error instanceof RuleFault) return undefined
    throw error
  }
}
