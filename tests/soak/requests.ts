import { shopProduct } from '../../bench/content/shop.ts'
import type { PacedRequest } from '../load/paced-process.ts'

const LIST = 'query List { products(first: 20) { nodes { id name price { amount } category { name } } } }'
const LOOKUP = 'query Lookup($barcode: String!) { productByBarcode(barcode: $barcode) { product { id name } } }'
const STOCK =
  'query Stock($store: ID!) { products(first: 10) { nodes { name stock(storeId: $store) { available version } } } }'
const STORES = 'query Stores { stores { nodes { id name } } }'
const ORDERS = 'query Orders { orders(first: 5) { nodes { id number } } }'
const ZONES = 'query Zones($store: ID!) { deliveryZones(storeId: $store) { id name } }'
const LOOKUPS = 12

/** Which subgraphs a request needs; one that is away may fail it. */
export const NEEDS: Readonly<Record<string, readonly string[]>> = {
  list: ['catalog'],
  lookup: ['catalog'],
  'stock list': ['catalog', 'inventory'],
  stores: ['identity'],
  orders: ['orders'],
  zones: ['delivery'],
}

export function requestsOf(storeId: string): PacedRequest[] {
  const request = (name: string, query: string, variables: Record<string, unknown> = {}) => ({
    name,
    body: JSON.stringify({ query, variables }),
  })
  return [
    request('list', LIST),
    ...Array.from({ length: LOOKUPS }, (_, index) =>
      request('lookup', LOOKUP, { barcode: shopProduct(index * 5).barcode }),
    ),
    request('stock list', STOCK, { store: storeId }),
    request('stores', STORES),
    request('orders', ORDERS),
    request('zones', ZONES, { store: storeId }),
  ]
}
