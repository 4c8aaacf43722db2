import { callPeer, type PeerAccess } from '@tillgraph/kit/subgraph/call-peer'

/** Whether the business has such a customer; identity knows. */
export type CustomerExists = (tenantId: string, customerId: string, requestId: string) => Promise<boolean>

const CUSTOMER_OF_IDENTITY = 'query CustomerForPayments($ids: [ID!]!) { customersById(ids: $ids) { id } }'

export function askForCustomers(peers: PeerAccess): CustomerExists {
  return async (tenantId, customerId, requestId) => {
    const { customersById } = await callPeer<{ customersById: { id: string }[] }>(
      peers,
      'identity',
      { tenantId, requestId },
      { query: CUSTOMER_OF_IDENTITY, variables: { ids: [customerId] } },
    )
    return customersById.some(({ id }) => id === customerId)
  }
}
