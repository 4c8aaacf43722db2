import { randomUUID } from 'node:crypto'
import { demand, type TestBusiness } from './ask.ts'

const mutation = (name: string, type: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on Problem { code message } } }`

const CREATE = mutation('createProduct', 'CreateProductInput')
const OPEN = mutation('setOpeningStock', 'SetOpeningStockInput')
const ADJUST = mutation('adjustStock', 'AdjustStockInput')

/** A new product at 2.50 EUR, of which a store has so much. */
export async function createStocked(
  url: string,
  business: TestBusiness,
  name: string,
  quantity: number,
  storeId = business.storeId,
): Promise<string> {
  const productId = randomUUID()
  const sku = `S-${productId.slice(-12)}`
  const price = { amount: '2.50', currency: 'EUR' }
  await demand(url, CREATE, { input: { id: productId, sku, name, price } }, business.token)
  await demand(url, OPEN, { input: { storeId, productId, quantity: String(quantity) } }, business.token)
  return productId
}

export async function adjustStock(
  url: string,
  business: Pick<TestBusiness, 'token' | 'storeId'>,
  productId: string,
  quantity: number,
): Promise<void> {
  const { storeId, token } = business
  const input = { storeId, productId, quantity: String(quantity), reason: quantity < 0 ? 'DAMAGED' : 'FOUND' }
  await demand(url, ADJUST, { input }, token)
}
