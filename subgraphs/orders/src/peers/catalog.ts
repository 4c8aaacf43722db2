import type { Clock } from '@tillgraph/kit/clock'
import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { parsePercent } from '@tillgraph/rules/rate'
import { parseUnitPrice } from '@tillgraph/rules/unit-price'
import { LRUCache } from 'lru-cache'
import type { PricingRules, ProductForSale, SaleTerms } from '../domain/sale-terms.ts'

const PRODUCTS_MOST = 50_000
const TENANTS_MOST = 10_000
/** How old a price can be at the most, were every word of a change lost. */
const KNOWN_FOR_MS = 60_000

const QUERY = `query TermsForOrders($ids: [ID!]!, $storeId: ID!) { productsForSale(ids: $ids, storeId: $storeId) {
  prices taxRounding roundingMode
  products { id sku name unit quantityDecimals unitPrice { amount currency } categoryId archived
    taxes { code name percent compound } } } }`

interface TermsAnswer {
  readonly productsForSale: PricingRules & {
    readonly products: readonly (Omit<ProductForSale, 'unitPrice' | 'currency' | 'taxes'> & {
      readonly unitPrice: { readonly amount: string; readonly currency: string }
      readonly taxes: readonly {
        readonly code: string
        readonly name: string
        readonly percent: string
        readonly compound: boolean
      }[]
    })[]
  }
}

/** Prices and taxes as catalog says them, remembered until it says that they have changed. */
export interface Terms {
  of(caller: PeerCaller, storeId: string, productIds: readonly string[]): Promise<SaleTerms>
  /** Forgets a product, or (null) all that is known of a business. */
  forget(tenantId: string, productId: string | null): void
}

export function createTerms(peers: PeerAccess, clock: Clock): Terms {
  const rulesOf = new LRUCache<string, { readonly rules: PricingRules; readonly since: number }>({ max: TENANTS_MOST })
  const products = new LRUCache<string, { readonly product: ProductForSale; readonly since: number }>({
    max: PRODUCTS_MOST,
  })
  // an answer that was on its way when a change was told is not kept
  const changes = new LRUCache<string, number>({ max: TENANTS_MOST })

  async function ask(caller: PeerCaller, storeId: string, ids: readonly string[]): Promise<SaleTerms> {
    const before = changes.get(caller.tenantId)
    const { productsForSale } = await callPeer<TermsAnswer>(peers, 'catalog', caller, {
      query: QUERY,
      variables: { ids, storeId },
    })
    const { prices, taxRounding, roundingMode } = productsForSale
    const rules = { prices, taxRounding, roundingMode }
    const found = productsForSale.products.map(readProduct)
    if (changes.get(caller.tenantId) === before) {
      const since = clock.now().getTime()
      rulesOf.set(caller.tenantId, { rules, since })
      for (const product of found) products.set(caller.tenantId + product.id, { product, since })
    }
    return { rules, products: new Map(found.map(product => [product.id, product])) }
  }

  return {
    async of(caller, storeId, productIds) {
      const { tenantId } = caller
      const oldest = clock.now().getTime() - KNOWN_FOR_MS
      const rules = rulesOf.get(tenantId)
      const found = new Map<string, ProductForSale>()
      for (const id of productIds) {
        const known = products.get(tenantId + id)
        if (known && known.since > oldest) found.set(id, known.product)
      }
      const ids = [...new Set(productIds)]
      if (rules && rules.since > oldest && found.size === ids.length) return { rules: rules.rules, products: found }
      return ask(caller, storeId, ids)
    },
    forget(tenantId, productId) {
      changes.set(tenantId, (changes.get(tenantId) ?? 0) + 1)
      if (productId !== null) products.delete(tenantId + productId)
      else {
        rulesOf.delete(tenantId)
        for (const key of products.keys()) if (key.startsWith(tenantId)) products.delete(key)
      }
    },
  }
}

function readProduct(given: TermsAnswer['productsForSale']['products'][number]): ProductForSale {
  const currency = parseCurrencyCode(given.unitPrice.currency)
  return {
    id: given.id,
    sku: given.sku,
    name: given.name,
    unit: given.unit,
    quantityDecimals: given.quantityDecimals,
    unitPrice: parseUnitPrice(given.unitPrice.amount, currency).minorThousandths,
    currency,
    taxes: given.taxes.map(({ code, name, percent, compound }) => ({
      id: code,
      name,
      rate: parsePercent(percent),
      compound,
    })),
    categoryId: given.categoryId,
    archived: given.archived,
  }
}
