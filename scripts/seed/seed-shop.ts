import { createHash } from 'node:crypto'
import type { GraphService } from '@tillgraph/kit/graph-request'
import { demoShop } from './demo-shop.ts'
import {
  CREATE_CATEGORY,
  CREATE_CUSTOMER,
  CREATE_PRODUCTS,
  CREATE_REGISTER,
  CREATE_STORE,
  CREATE_TAX_CLASS,
  CREATE_USER,
  SIGN_IN,
  SIGN_OUT,
  SIGN_UP,
  STORES,
} from './documents.ts'
import { GraphClient } from './graph-client.ts'

const DEVICE = { id: 'demo-shop-seed-device', name: 'Demo data' }

/**
 * Fills in the demo shop by the graph's own mutations. What is there already stays as it is, so it may run again; with
 * `complete` false, a shop that is there is taken to be whole.
 */
export async function seedShop(
  subgraphs: ReadonlyMap<string, GraphService>,
  options: { readonly password: string; readonly complete: boolean; readonly progress: (line: string) => void },
): Promise<void> {
  const { password, complete, progress } = options
  const client = new GraphClient(subgraphs)
  const isNew = await enter(client, password)
  if (isNew || complete) {
    progress(isNew ? 'Filling in the demo shop …' : 'Completing the demo shop …')
    const storeIds = await seedStores(client)
    await seedPeople(client, storeIds, password)
    await seedCatalog(client)
  }
  await client.demand('identity', SIGN_OUT, {})
}

/** Signs in as the owner, or signs the business up when there is none yet. */
async function enter(client: GraphClient, password: string): Promise<boolean> {
  const { slug, business, country, currency, stores, people } = demoShop
  const [store] = stores
  const owner = people[0]
  const known = await client.ask('identity', SIGN_IN, {
    input: { tenant: slug, login: owner.userName, password, device: DEVICE },
  })
  const entered =
    known.__typename === 'SignInSuccess'
      ? known
      : await client.demand('identity', SIGN_UP, {
          input: {
            slug,
            name: business,
            country,
            defaultCurrency: currency,
            store,
            owner: {
              userName: owner.userName,
              email: `${owner.userName}@corner-coffee.example`,
              displayName: owner.displayName,
              password,
            },
            device: DEVICE,
          },
        })
  client.accessToken = (entered.tokens as { accessToken: string }).accessToken
  return entered !== known
}

async function seedStores(client: GraphClient): Promise<Map<string, string>> {
  const { nodes } = (await client.demand('identity', STORES, {})) as { nodes: { id: string; name: string }[] }
  const ids = new Map(nodes.map(({ id, name }) => [name, id]))
  for (const store of demoShop.stores.filter(({ name }) => !ids.has(name))) {
    const id = idOf(`store ${store.name}`)
    await client.demand('identity', CREATE_STORE, { input: { id, ...store, currency: demoShop.currency } })
    ids.set(store.name, id)
  }
  for (const [name, storeId] of ids)
    await client.demand('identity', CREATE_REGISTER, {
      input: { id: idOf(`register ${name}`), storeId, name: 'Counter 1' },
    })
  return ids
}

async function seedPeople(client: GraphClient, storeIds: ReadonlyMap<string, string>, password: string): Promise<void> {
  for (const { role, userName, displayName, store } of demoShop.people.slice(1))
    await client.demand('identity', CREATE_USER, {
      input: {
        id: idOf(`user ${userName}`),
        userName,
        displayName,
        password,
        email: `${userName}@corner-coffee.example`,
        roles: [{ role, storeId: store === undefined ? null : storeIds.get(store) }],
      },
    })
  for (const customer of demoShop.customers)
    await client.demand('identity', CREATE_CUSTOMER, { input: { id: idOf(`customer ${customer.name}`), ...customer } })
}

async function seedCatalog(client: GraphClient): Promise<void> {
  for (const taxClass of demoShop.taxClasses)
    await client.demand('catalog', CREATE_TAX_CLASS, { input: { id: idOf(`tax ${taxClass.name}`), ...taxClass } })
  for (const [position, category] of demoShop.categories.entries()) {
    const categoryId = idOf(`category ${category.name}`)
    await client.demand('catalog', CREATE_CATEGORY, { input: { id: categoryId, name: category.name, position } })
    await client.demand('catalog', CREATE_PRODUCTS, {
      input: category.products.map(([sku, name, amount, taxClass, ean, unit]) => ({
        id: idOf(`product ${sku}`),
        sku,
        name,
        categoryId,
        taxClassId: idOf(`tax ${taxClass}`),
        price: { amount, currency: demoShop.currency },
        barcodes: ean === undefined ? [] : [{ code: ean }],
        ...(unit === undefined ? {} : { unit, soldByWeight: true }),
      })),
    })
  }
}

/** The same thing has the same id on every run, so that seeding again changes nothing. */
function idOf(name: string): string {
  const hex = createHash('sha256').update(`tillgraph demo ${name}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
