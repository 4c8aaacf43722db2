import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { type Money, parseMoney } from '@tillgraph/rules/money'

/** An order as far as it concerns whoever brings it. */
export interface OrderToBring {
  readonly storeId: string
  readonly status: string
  readonly total: Money
  /** What is still to be paid, in cash. */
  readonly owed: Money
  readonly partnerId: string | null
}

export interface Orders {
  /** Undefined when the tenant has no such order. */
  find(caller: PeerCaller, orderId: string): Promise<OrderToBring | undefined>
}

const QUERY = `query OrderForDelivery($ids: [ID!]!) { ordersForDelivery(ids: $ids) {
  id storeId status partnerId total { amount currency } owed { amount currency } } }`

interface MoneyText {
  readonly amount: string
  readonly currency: string
}

interface Answer {
  readonly ordersForDelivery: readonly (Omit<OrderToBring, 'total' | 'owed'> & {
    readonly id: string
    readonly total: MoneyText
    readonly owed: MoneyText
  })[]
}

export function createOrders(peers: PeerAccess): Orders {
  return {
    async find(caller, orderId) {
      const operation = { query: QUERY, variables: { ids: [orderId] } }
      const { ordersForDelivery } = await callPeer<Answer>(peers, 'orders', caller, operation)
      const found = ordersForDelivery.find(({ id }) => id === orderId)
      return found && { ...found, total: readMoney(found.total), owed: readMoney(found.owed) }
    },
  }
}

const readMoney = ({ amount, currency }: MoneyText) => parseMoney(amount, parseCurrencyCode(currency))
