import { callPeer, type PeerAccess } from '@tillgraph/kit/subgraph/call-peer'

/** What only identity knows; asked for what is rare, never for a sale. */
export interface Identity {
  customerExists(tenantId: string, customerId: string, requestId: string): Promise<boolean>
  /** Whether a register stands in a store. */
  registerIsAt(tenantId: string, registerId: string, storeId: string, requestId: string): Promise<boolean>
}

const CUSTOMERS = 'query CustomerForPayments($ids: [ID!]!) { customersById(ids: $ids) { id } }'
const REGISTERS = 'query RegisterForPayments($ids: [ID!]!) { registersById(ids: $ids) { id store { id } } }'

export function askIdentity(peers: PeerAccess): Identity {
  const ask = <Data>(query: string, id: string, tenantId: string, requestId: string) =>
    callPeer<Data>(peers, 'identity', { tenantId, requestId }, { query, variables: { ids: [id] } })
  return {
    async customerExists(tenantId, customerId, requestId) {
      const { customersById } = await ask<{ customersById: { id: string }[] }>(
        CUSTOMERS,
        customerId,
        tenantId,
        requestId,
      )
      return customersById.some(({ id }) => id === customerId)
    },
    async registerIsAt(tenantId, registerId, storeId, requestId) {
      const { registersById } = await ask<{ registersById: { id: string; store: { id: string } }[] }>(
        REGISTERS,
        registerId,
        tenantId,
        requestId,
      )
      return registersById.some(({ id, store }) => id === registerId && store.id === storeId)
    },
  }
}
