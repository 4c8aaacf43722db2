import { randomUUID } from 'node:crypto'
import { demand, type TestBusiness } from '../support/ask.ts'

export const COMPLETE_SALE = `mutation ($input: CompleteSaleInput!) { completeSale(input: $input) { __typename
  ... on CompleteSaleSuccess { order { id number lines { id quantity } totals { total { amount } } } change { amount } }
  ... on Problem { code message } ... on InvalidInput { field } } }`

export const PRICE_MINOR = 250

const PROBLEMS = '__typename ... on Problem { code message } ... on InvalidInput { field }'

/** A product at 2.50 with so many of it on the shelf. */
export async function stocked(url: string, business: TestBusiness, sku: string, quantity: number): Promise<string> {
  const productId = randomUUID()
  await demand(
    url,
    `mutation ($input: CreateProductInput!) { createProduct(input: $input) { ${PROBLEMS} } }`,
    { input: { id: productId, sku, name: `Product ${sku}`, price: money(PRICE_MINOR) } },
    business.token,
  )
  await demand(
    url,
    `mutation ($input: SetOpeningStockInput!) { setOpeningStock(input: $input) { ${PROBLEMS} } }`,
    { input: { storeId: business.storeId, productId, quantity: String(quantity) } },
    business.token,
  )
  return productId
}

export function money(minor: number): { amount: string; currency: 'EUR' } {
  return { amount: (minor / 100).toFixed(2), currency: 'EUR' }
}

export interface Tender {
  readonly kind: 'CASH' | 'CARD'
  readonly minor: number
  readonly tipMinor?: number
  readonly token?: string
}

export function saleInput(storeId: string, lines: readonly (readonly [string, number])[], tenders: readonly Tender[]) {
  return {
    id: randomUUID(),
    storeId,
    lines: lines.map(([productId, quantity]) => ({ productId, quantity: String(quantity) })),
    tenders: tenders.map(({ kind, minor, tipMinor, token }) => ({
      id: randomUUID(),
      kind,
      amount: money(minor),
      ...(tipMinor ? { tip: money(tipMinor) } : {}),
      ...(token ? { token } : {}),
    })),
  }
}

export type SaleInput = ReturnType<typeof saleInput>

export async function levelOf(url: string, business: TestBusiness, productId: string): Promise<number> {
  const { level } = await demand<{ level: string }>(
    url,
    'query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) { level } }',
    { storeId: business.storeId, productId },
    business.token,
  )
  return Number(level)
}
