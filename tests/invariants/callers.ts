import { randomUUID } from 'node:crypto'
import { has, permissionsOf, type Role } from '@tillgraph/rules/permissions'
import { demand, signUp, type TestBusiness } from '../support/ask.ts'
import { createPartner } from '../support/partner.ts'
import { createStocked } from '../support/stock.ts'

const ROLES: readonly Role[] = ['OWNER', 'MANAGER', 'CASHIER', 'STOCK_CLERK', 'COURIER']
const STORES_PER_TENANT = 2
const PARTNER_SCOPES = ['catalog:read', 'availability:read', 'orders:read']

/** A store with one product that nobody else has. */
export interface SealedStore {
  readonly tenantId: string
  readonly storeId: string
  readonly productId: string
  readonly productName: string
  readonly owner: TestBusiness
}

/** Somebody with a role in one store, or in all of a business. */
export interface SealedCaller {
  readonly tenantId: string
  readonly token: string
  mayReadStock(store: SealedStore): boolean
  mayReadCost(store: SealedStore): boolean
  mayReadOrders(store: SealedStore): boolean
}

export interface SealedWorld {
  readonly stores: readonly SealedStore[]
  readonly callers: readonly SealedCaller[]
  /** Tokens of partners' systems, which no socket of the staff's graph may be opened with. */
  readonly partners: readonly string[]
}

/** Several businesses with two stores each, and so many people with every role in them. */
export async function makeSealedWorld(url: string, tenants: number, callers: number): Promise<SealedWorld> {
  const stores: SealedStore[] = []
  const owners: TestBusiness[] = []
  const partners: string[] = []
  for (let tenant = 0; tenant < tenants; tenant++) {
    const owner = await signUp(url, `Sealed ${tenant}`)
    owners.push(owner)
    partners.push((await createPartner(url, owner, 'Partner', PARTNER_SCOPES)).token)
    for (let store = 0; store < STORES_PER_TENANT; store++) {
      const storeId = store === 0 ? owner.storeId : await openStore(url, owner, `Branch ${store}`)
      const at = { ...owner, storeId }
      const productName = `Product of store ${store} of business ${tenant}`
      const productId = await createStocked(url, at, productName, 1_000_000)
      stores.push({ tenantId: owner.tenantId, storeId, productId, productName, owner: at })
    }
  }
  const made: SealedCaller[] = []
  for (let number = 0; number < callers; number++) {
    const owner = owners[number % tenants] as TestBusiness
    const role = ROLES[Math.floor(number / tenants) % ROLES.length] as Role
    const own = stores.filter(({ tenantId }) => tenantId === owner.tenantId)
    // an owner's role holds everywhere; of the others some hold theirs everywhere, most in one store
    const place = Math.floor(number / (tenants * ROLES.length)) % (STORES_PER_TENANT + 1)
    made.push(await hire(url, owner, role, role === 'OWNER' ? undefined : own[place]?.storeId))
  }
  return { stores, callers: made, partners }
}

async function hire(url: string, owner: TestBusiness, role: Role, storeId: string | undefined): Promise<SealedCaller> {
  const userName = `u-${randomUUID().slice(0, 13)}`
  const password = `pass ${randomUUID()}`
  await demand(
    url,
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename ... on Problem { code message } } }',
    { input: { userName, displayName: userName, password, roles: [{ role, ...(storeId ? { storeId } : {}) }] } },
    owner.token,
  )
  const device = { id: `device-${randomUUID()}`, name: 'test' }
  const { tokens } = await demand<{ tokens: { accessToken: string } }>(
    url,
    `mutation ($input: SignInInput!) { signIn(input: $input) {
      ... on SignInSuccess { tokens { accessToken } } ... on Problem { code message } } }`,
    { input: { tenant: owner.slug, login: userName, password, device } },
  )
  const held = permissionsOf([role])
  const isAt = (store: SealedStore) =>
    store.tenantId === owner.tenantId && (storeId === undefined || store.storeId === storeId)
  return {
    tenantId: owner.tenantId,
    token: tokens.accessToken,
    mayReadStock: store => isAt(store) && has(held, 'inventory.stock.read'),
    mayReadCost: store => isAt(store) && has(held, 'inventory.cost.read'),
    mayReadOrders: store => isAt(store) && has(held, 'orders.order.read'),
  }
}

async function openStore(url: string, owner: TestBusiness, name: string): Promise<string> {
  const { store } = await demand<{ store: { id: string } }>(
    url,
    `mutation ($input: CreateStoreInput!) { createStore(input: $input) {
      ... on CreateStoreSuccess { store { id } } ... on Problem { code message } ... on InvalidInput { field } } }`,
    { input: { name, timeZone: 'Europe/Berlin' } },
    owner.token,
  )
  return store.id
}
