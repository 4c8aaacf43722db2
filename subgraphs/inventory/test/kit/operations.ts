import { makeId } from '@tillgraph/kit/ids'
import type { InventoryUnderTest, TestShop } from './inventory.ts'

export const PROBLEM = '__typename ... on Problem { code message } ... on InvalidInput { field }'

export interface Outcome {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly field?: string
}

/** A mutation with one input, and its answer as it is. */
export function mutate<T = Outcome>(
  inventory: InventoryUnderTest,
  shop: Pick<TestShop, 'owner'>,
  name: string,
  input: Record<string, unknown>,
  success = '',
  headers: Record<string, string> = {},
): Promise<T> {
  const inputType = inputTypes[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const problem = withoutInvalidInput.has(name) ? '__typename ... on Problem { code message }' : PROBLEM
  const query = `mutation ($input: ${inputType}!) { ${name}(input: $input) { ${problem} ${success} } }`
  return inventory.first<T>(query, { input }, { ...shop.owner, headers })
}

const inputTypes: Readonly<Record<string, string>> = {
  postStockCount: 'CloseStockCountInput',
  cancelStockCount: 'CloseStockCountInput',
  unarchiveSupplier: 'ArchiveSupplierInput',
  sendPurchaseOrder: 'StepPurchaseOrderInput',
  closePurchaseOrder: 'StepPurchaseOrderInput',
  cancelPurchaseOrder: 'StepPurchaseOrderInput',
}

const withoutInvalidInput = new Set([
  'archiveSupplier',
  'unarchiveSupplier',
  'sendPurchaseOrder',
  'closePurchaseOrder',
  'cancelPurchaseOrder',
  'schedulePurchaseOrder',
])

/** A product with this much of it. */
export async function stocked(inventory: InventoryUnderTest, shop: TestShop, quantity: string, unitCost?: string) {
  const productId = makeId()
  const input = {
    storeId: shop.storeId,
    productId,
    quantity,
    ...(unitCost === undefined ? {} : { unitCost: { amount: unitCost, currency: 'EUR' } }),
  }
  const { __typename } = await mutate(inventory, shop, 'setOpeningStock', input)
  if (__typename !== 'SetOpeningStockSuccess') throw new Error(__typename)
  return productId
}

export interface StockSeen {
  readonly level: string
  readonly reserved: string
  readonly available: string
  readonly version: number
  readonly low: boolean
}

const STOCK = 'query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) '

export function stockOf(inventory: InventoryUnderTest, shop: TestShop, productId: string): Promise<StockSeen> {
  return inventory.first(
    `${STOCK} { level reserved available version low } }`,
    { storeId: shop.storeId, productId },
    shop.owner,
  )
}

export interface Wanted {
  readonly orderId?: string
  readonly lines: readonly { readonly productId: string; readonly quantity: string }[]
  readonly expiresInSeconds?: number
  readonly offline?: boolean
}

export interface TakeOutcome extends Outcome {
  readonly orderId?: string
  readonly expiresAt?: string
  readonly products?: readonly { productId: string; wanted: string; available: string }[]
}

const SHORT = '... on OutOfStock { products { productId wanted available } }'
const SELL = `mutation ($input: ReserveStockInput!) { sellStock(input: $input) { ${PROBLEM} ${SHORT}
  ... on StockCommitted { orderId } } }`
const RESERVE = `mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { ${PROBLEM} ${SHORT}
  ... on StockReserved { orderId expiresAt } } }`

const HOLD = RESERVE.replace('reserveStock', 'holdStock')

function take(query: string, inventory: InventoryUnderTest, shop: TestShop, wanted: Wanted, process = 0) {
  const input = { storeId: shop.storeId, orderId: makeId(), ...wanted }
  return inventory.first<TakeOutcome>(query, { input }, shop.orders, process)
}

/** As orders asks it. */
export const sell = (inventory: InventoryUnderTest, shop: TestShop, wanted: Wanted, process?: number) =>
  take(SELL, inventory, shop, wanted, process)

export const reserve = (inventory: InventoryUnderTest, shop: TestShop, wanted: Wanted, process?: number) =>
  take(RESERVE, inventory, shop, wanted, process)

/** commitStock, releaseStock or unsellStock. */
export const hold = (inventory: InventoryUnderTest, shop: TestShop, wanted: Wanted, process?: number) =>
  take(HOLD, inventory, shop, wanted, process)

export function settle(
  inventory: InventoryUnderTest,
  shop: TestShop,
  step: 'commitStock' | 'releaseStock' | 'unsellStock',
  orderId: string,
  process = 0,
): Promise<Outcome> {
  const query = `mutation ($orderId: ID!) { ${step}(orderId: $orderId) { __typename ... on Problem { code message } } }`
  return inventory.first(query, { orderId }, shop.orders, process)
}

const RETURN = `mutation ($input: ReturnStockInput!) { returnStock(input: $input) { ${PROBLEM}
  ... on MoreThanSold { products { productId wanted sold } } } }`

export function giveBack(
  inventory: InventoryUnderTest,
  shop: TestShop,
  input: {
    readonly returnId?: string
    readonly orderId: string
    readonly lines: readonly { readonly productId: string; readonly quantity: string }[]
    readonly restock: boolean
  },
  process = 0,
): Promise<Outcome & { products?: { productId: string; wanted: string; sold: string }[] }> {
  return inventory.first(
    RETURN,
    { input: { storeId: shop.storeId, returnId: makeId(), ...input } },
    shop.orders,
    process,
  )
}
