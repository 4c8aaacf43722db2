import { readPage, toConnection } from '@tillgraph/kit/pages'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { formatUnitPrice } from '@tillgraph/rules/unit-price'
import { isUuid } from '@tillgraph/rules/uuid'
import type { ProductResolvers, ScannedProductResolvers, UnitPriceResolvers } from '../../generated/graphql.ts'
import { present } from '../present.ts'
import { checkPlace } from './read-place.ts'

const PRICES = 'priceHistory'
const AFTER_ALL_PRICES = new Date('9999-12-31T00:00:00Z')

export const Product: ProductResolvers = {
  __resolveReference: async ({ id }, context) => (isUuid(id) ? ((await context.load.products.load(id)) ?? null) : null),
  taxClass: async ({ taxClassId }, _, context) => present(await context.load.taxClasses.load(taxClassId)),
  barcodes: async ({ id }, _, context) => [...(await context.load.barcodes.load(id))],
  async priceHistory({ id }, asked, context) {
    const page = checkPlace(readPage<readonly [validFrom: string]>(PRICES, 1, asked), isInstant)
    const before = page.after ? new Date(page.after[0]) : AFTER_ALL_PRICES
    const prices = await context.load.prices(before, page.first + 1).load(id)
    return toConnection(PRICES, page, prices, ({ validFrom }) => [validFrom.toISOString()] as const)
  },
}

export const UnitPrice: UnitPriceResolvers = {
  amount: price => formatUnitPrice(price, price.currency),
}

export const ScannedProduct: ScannedProductResolvers = {
  quantity: ({ quantity }) => (quantity === undefined ? null : formatQuantity(quantity)),
}

function isInstant([text]: readonly [string]): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text))
}
