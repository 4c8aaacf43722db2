import { makeId } from '@tillgraph/kit/ids'
import type { OrdersUnderTest, TestShop } from './orders.ts'

export interface SaleOutcome {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly field?: string
  readonly order?: {
    readonly id: string
    readonly number: string
    readonly status: string
    readonly totals: { readonly total: { readonly amount: string } }
  }
  readonly change?: { readonly amount: string }
  readonly missing?: { readonly amount: string }
  readonly products?: readonly { readonly productId: string; readonly available: string }[]
}

const COMPLETE = `mutation ($input: CompleteSaleInput!) { completeSale(input: $input) {
  __typename ... on Problem { code message } ... on InvalidInput { field }
  ... on OutOfStock { products { productId available } } ... on NotEnoughTendered { missing { amount } }
  ... on CompleteSaleSuccess { change { amount } order { id number status totals { total { amount } } } } } }`

export function cash(amount: string, id = makeId()) {
  return { id, kind: 'CASH', amount: { amount, currency: 'EUR' } }
}

export function card(amount: string, token: string) {
  return { id: makeId(), kind: 'CARD', amount: { amount, currency: 'EUR' }, token }
}

export function saleOf(shop: TestShop, productId: string, given: Record<string, unknown> = {}) {
  return {
    id: makeId(),
    storeId: shop.storeId,
    registerId: shop.registerId,
    lines: [{ productId, quantity: '2' }],
    tenders: [cash('20.00')],
    ...given,
  }
}

export function completeSale(
  orders: OrdersUnderTest,
  shop: TestShop,
  input: Record<string, unknown>,
  process = 0,
): Promise<SaleOutcome> {
  return orders.first(COMPLETE, { input }, shop.token, process)
}
