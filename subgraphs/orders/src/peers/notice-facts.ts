import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'

const FACTS = `query NoticeFactsForOrders($id: ID!, $ids: [ID!]!) {
  storesById(ids: $ids) { name timeZone } emailsOfManagers(storeId: $id) }`

interface Answer {
  readonly storesById: readonly { readonly name: string; readonly timeZone: string }[]
  readonly emailsOfManagers: readonly string[]
}

export interface NoticeFacts {
  readonly store: { readonly name: string; readonly timeZone: string }
  /** Where the managers of the store are written to. */
  readonly managers: readonly string[]
}

/** What identity knows of a store whose managers are to be told something. */
export async function noticeFacts(peers: PeerAccess, caller: PeerCaller, storeId: string): Promise<NoticeFacts> {
  const variables = { id: storeId, ids: [storeId] }
  const { storesById, emailsOfManagers } = await callPeer<Answer>(peers, 'identity', caller, {
    query: FACTS,
    variables,
  })
  const [store] = storesById
  if (!store) throw new Error('What was sold was sold in a store')
  return { store, managers: emailsOfManagers }
}
