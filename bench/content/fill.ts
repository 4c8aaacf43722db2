import { createHash } from 'node:crypto'
import { ask, type Endpoint } from '../harness/graph.ts'
import { CATEGORIES, categoryName, shopProduct } from './shop.ts'

const BATCH = 100
const BATCHES_AT_ONCE = 2
const TOLD_EVERY = 10_000
const PROBLEM = '__typename ... on Problem { code message }'

const BY_SKU = 'query ($sku: String!) { productBySku(sku: $sku) { id } }'
const CREATE_CATEGORY = `mutation ($input: CreateCategoryInput!) { result: createCategory(input: $input) { ${PROBLEM} } }`
const CREATE_PRODUCTS = `mutation ($input: [CreateProductInput!]!) {
  results: createProducts(input: $input) { ${PROBLEM} }
}`

interface Answered {
  readonly code?: string
  readonly message?: string
}

/**
 * Fills a shop by the graph's own mutations, once: what is there already stays. Ids are made here and are the same on
 * every run, so that a run that was cut off is gone on with.
 */
export async function fillShop(
  endpoint: Endpoint,
  slug: string,
  products: number,
  say: (line: string) => void,
): Promise<void> {
  const last = await ask<{ productBySku: unknown }>(endpoint, {
    query: BY_SKU,
    variables: { sku: shopProduct(products - 1).sku },
  })
  if (last.productBySku !== null) return
  say(`filling ${slug} with ${products} products, once`)
  for (let category = 0; category < CATEGORIES; category++) {
    const input = { id: idOf(slug, `category ${category}`), name: categoryName(category), position: category }
    const { result } = await ask<{ result: Answered }>(endpoint, { query: CREATE_CATEGORY, variables: { input } })
    refuseProblem(result)
  }
  for (let from = 0; from < products; from += BATCH * BATCHES_AT_ONCE) {
    const batches = Array.from({ length: BATCHES_AT_ONCE }, (_, index) => from + index * BATCH)
    await Promise.all(batches.map(first => createProducts(endpoint, slug, first, Math.min(first + BATCH, products))))
    const done = from + BATCH * BATCHES_AT_ONCE
    if (done % TOLD_EVERY === 0) say(`${done} of ${products} products`)
  }
}

async function createProducts(endpoint: Endpoint, slug: string, first: number, end: number): Promise<void> {
  if (first >= end) return
  const input = Array.from({ length: end - first }, (_, index) => {
    const { sku, name, barcode, amount, category } = shopProduct(first + index)
    return {
      id: idOf(slug, sku),
      sku,
      name,
      price: { amount, currency: 'EUR' },
      categoryId: idOf(slug, `category ${category}`),
      barcodes: [{ code: barcode }],
    }
  })
  const { results } = await ask<{ results: Answered[] }>(endpoint, { query: CREATE_PRODUCTS, variables: { input } })
  for (const result of results) refuseProblem(result)
}

function refuseProblem({ code, message }: Answered): void {
  if (code !== undefined) throw new Error(`a shop could not be filled: ${code} ${message}`)
}

function idOf(slug: string, name: string): string {
  const hex = createHash('sha256').update(`${slug} ${name}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
