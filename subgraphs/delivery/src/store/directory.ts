import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'

/** Whom identity knows. */
export interface Directory {
  hasUser(caller: PeerCaller, id: string): Promise<boolean>
  hasCustomer(caller: PeerCaller, id: string): Promise<boolean>
}

const USERS = 'query UserForDelivery($ids: [ID!]!) { found: usersById(ids: $ids) { id } }'
const CUSTOMERS = 'query CustomerForDelivery($ids: [ID!]!) { found: customersById(ids: $ids) { id } }'

export function createDirectory(peers: PeerAccess): Directory {
  const has = (query: string) => async (caller: PeerCaller, id: string) => {
    const operation = { query, variables: { ids: [id] } }
    const { found } = await callPeer<{ found: { id: string }[] }>(peers, 'identity', caller, operation)
    return found.some(one => one.id === id)
  }
  return { hasUser: has(USERS), hasCustomer: has(CUSTOMERS) }
}
