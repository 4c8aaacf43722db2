import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { parseMoney } from '@tillgraph/rules/money'
import type { AmountCeilings } from '@tillgraph/rules/role-limits'
import { LRUCache } from 'lru-cache'

const KNOWN_MOST = 20_000
const KNOWN_FOR_MS = 30_000

const REGISTER = 'query RegisterForOrders($ids: [ID!]!) { registersById(ids: $ids) { id store { id } } }'
const CUSTOMER = 'query CustomerForOrders($ids: [ID!]!) { customersById(ids: $ids) { id } }'
const ROLES = 'query RolesForOrders($ids: [ID!]!) { usersById(ids: $ids) { id roles { role store { id } } } }'

/** What orders must know of people and tills, asked of identity and remembered for 30 seconds. */
export interface Directory {
  /** The store that a till stands in; undefined when there is no such till. */
  storeOfRegister(caller: PeerCaller, registerId: string): Promise<string | undefined>
  customerExists(caller: PeerCaller, customerId: string): Promise<boolean>
  /** Up to which amount something counts as small or large in a store. */
  ceilingsOf(caller: PeerCaller, storeId: string): Promise<AmountCeilings>
  /** What somebody is in a store. */
  rolesAt(caller: PeerCaller, userId: string, storeId: string): Promise<readonly string[]>
}

const CEILINGS = `query CeilingsForOrders($ids: [ID!]!) { storesById(ids: $ids) { id currency
  amountCeilings { small { amount } large { amount } } } }`

interface CeilingsAnswer {
  readonly storesById: readonly {
    readonly currency: string
    readonly amountCeilings: {
      readonly small: { readonly amount: string }
      readonly large: { readonly amount: string }
    }
  }[]
}

interface GrantedRole {
  readonly role: string
  readonly store: { readonly id: string } | null
}

export function createDirectory(peers: PeerAccess): Directory {
  const bounds = { max: KNOWN_MOST, ttl: KNOWN_FOR_MS }
  const registers = new LRUCache<string, string>(bounds)
  const customers = new LRUCache<string, true>(bounds)
  const roles = new LRUCache<string, readonly GrantedRole[]>(bounds)
  const ask = <Data>(caller: PeerCaller, query: string, id: string) =>
    callPeer<Data>(peers, 'identity', caller, { query, variables: { ids: [id] } })

  return {
    async storeOfRegister(caller, registerId) {
      const key = caller.tenantId + registerId
      const known = registers.get(key)
      if (known) return known
      const { registersById } = await ask<{ registersById: { store: { id: string } }[] }>(caller, REGISTER, registerId)
      const storeId = registersById[0]?.store.id
      if (storeId) registers.set(key, storeId)
      return storeId
    },
    async customerExists(caller, customerId) {
      const key = caller.tenantId + customerId
      if (customers.has(key)) return true
      const { customersById } = await ask<{ customersById: { id: string }[] }>(caller, CUSTOMER, customerId)
      if (customersById.length > 0) customers.set(key, true)
      return customersById.length > 0
    },
    async ceilingsOf(caller, storeId) {
      const { storesById } = await ask<CeilingsAnswer>(caller, CEILINGS, storeId)
      const [store] = storesById
      if (!store) throw new Error('A store that an order is of is known to identity')
      const currency = parseCurrencyCode(store.currency)
      const { small, large } = store.amountCeilings
      return { small: parseMoney(small.amount, currency), large: parseMoney(large.amount, currency) }
    },
    async rolesAt(caller, userId, storeId) {
      const key = caller.tenantId + userId
      let granted = roles.get(key)
      if (!granted) {
        const { usersById } = await ask<{ usersById: { roles: GrantedRole[] }[] }>(caller, ROLES, userId)
        granted = usersById[0]?.roles ?? []
        roles.set(key, granted)
      }
      return granted.filter(({ store }) => store === null || store.id === storeId).map(({ role }) => role)
    },
  }
}
