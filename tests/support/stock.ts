import { randomUUID } from 'node:crypto'
import { demand, type TestBusiness } from './ask.ts'

const mutation = (name: string, type: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on Problem { code message } } }`

const CREATE = mutation('createProduct', 'CreateProductInput')
const OPEN = mutation('setOpeningStock', 'SetOpeningStockInput')
const ADJUST = mutation('adjustStock', 'AdjustStockInput')

/** A new product at 2.50 EUR, of which a store has so much, at a cost of 1.25 each. */
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
  const unitCost = { amount: '1.25', currency: 'EUR' }
  await demand(url, OPEN, { input: { storeId, productId, quantity: String(quantity), unitCost } }, business.token)
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

const CREATE_SUPPLIER = mutation('createSupplier', 'CreateSupplierInput')
const ORDER = mutation('createPurchaseOrder', 'CreatePurchaseOrderInput')
const SEND = mutation('sendPurchaseOrder', 'StepPurchaseOrderInput')

/** A supplier that is to bring more of a product on a day. */
export async function awaitDelivery(
  url: string,
  { token, storeId }: Pick<TestBusiness, 'token' | 'storeId'>,
  productId: string,
  expectedOn: string,
): Promise<void> {
  const [supplierId, id] = [randomUUID(), randomUUID()]
  await demand(url, CREATE_SUPPLIER, { input: { id: supplierId, name: `Roastery ${supplierId}` } }, token)
  const lines = [{ productId, quantity: '5', unitCost: { amount: '1.00', currency: 'EUR' } }]
  await demand(url, ORDER, { input: { id, storeId, supplierId, lines, expectedOn } }, token)
  await demand(url, SEND, { input: { id } }, token)
}
