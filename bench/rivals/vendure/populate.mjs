// Fills an empty database: node populate.mjs DATABASE_URL PORT
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import vendure from '@vendure/core'
import { importProductsFromCsv, populateCollections, populateInitialData } from '@vendure/core/cli/index.js'
import { CATEGORIES, CUSTOMER, PRODUCTS, configFor } from './config.mjs'

const [databaseUrl, port] = process.argv.slice(2)
const category = number => `Category ${String(number % CATEGORIES).padStart(2, '0')}`

const initialData = {
  defaultLanguage: vendure.LanguageCode.en,
  defaultZone: 'Europe',
  countries: [{ name: 'Germany', code: 'DE', zone: 'Europe' }],
  taxRates: [{ name: 'Standard Tax', percentage: 20 }],
  shippingMethods: [{ name: 'Collected', price: 0 }],
  paymentMethods: [
    {
      name: 'Cash',
      handler: { code: vendure.dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
  ],
  collections: Array.from({ length: CATEGORIES }, (_, number) => ({
    name: category(number),
    filters: [
      { code: 'facet-value-filter', args: { facetValueNames: [`category:${category(number)}`], containsAny: false } },
    ],
  })),
}

const header =
  'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets'
const rows = Array.from({ length: PRODUCTS }, (_, number) => {
  const price = (1 + ((number * 37) % 9_900) / 100).toFixed(2)
  return `Product ${number},product-${number},What product ${number} is good for,,category:${category(number)},,,SKU-${number},${price},standard,100000000,true,,`
})

const app = await vendure.bootstrap(configFor({ databaseUrl, port: Number(port), createTables: true }))
const folder = await mkdtemp(path.join(tmpdir(), 'tillgraph-bench-csv-'))
try {
  await populateInitialData(app, initialData)
  const csv = path.join(folder, 'products.csv')
  await writeFile(csv, [header, ...rows].join('\n'))
  const progress = await importProductsFromCsv(app, csv, vendure.LanguageCode.en)
  if (progress.errors?.length) throw new Error(`products were refused: ${progress.errors.slice(0, 3).join('; ')}`)
  await app.get(vendure.JobQueueService).start()
  await populateCollections(app, initialData)

  const shop = async (query, variables) => {
    const answer = await fetch(`http://127.0.0.1:${port}/shop-api`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = await answer.json()
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  const { registerCustomerAccount: account } = await shop(
    `mutation ($input: RegisterCustomerInput!) { registerCustomerAccount(input: $input) { __typename } }`,
    { input: CUSTOMER },
  )
  if (account.__typename !== 'Success') throw new Error(`no account: ${account.__typename}`)

  // categories are filled, and the search index is built, by jobs in the background
  const deadline = Date.now() + 300_000
  for (;;) {
    const { products, search } = await shop(
      `{ products(options: { take: 100, skip: ${PRODUCTS - 100} }) { totalItems items { collections { id } } } search(input: { take: 1 }) { totalItems } }`,
    )
    const placed = products.items.every(product => product.collections.length === 1)
    if (products.totalItems === PRODUCTS && placed && search.totalItems === PRODUCTS) break
    if (Date.now() > deadline) throw new Error(`only ${products.totalItems} products, ${search.totalItems} searchable`)
    await new Promise(resolve => setTimeout(resolve, 1_000))
  }
} finally {
  await rm(folder, { recursive: true })
}
process.exit(0)
