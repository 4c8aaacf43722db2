import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { parseMoney } from '@tillgraph/rules/money'
import type { Order } from '../domain/order.ts'
import type { TenderKind } from '../domain/tender.ts'
import type { ReceiptStore, ReceiptTender } from '../receipts/receipt.ts'

const STORE = `query ReceiptStoreForOrders($ids: [ID!]!) { storesById(ids: $ids) {
  name timeZone receiptHeader receiptFooter taxNumber address { street postalCode city region country } } }`
const REGISTER = 'query ReceiptRegisterForOrders($ids: [ID!]!) { registersById(ids: $ids) { name } }'
const CASHIER = 'query ReceiptCashierForOrders($ids: [ID!]!) { usersById(ids: $ids) { displayName } }'
const TENDERS = `query ReceiptTendersForOrders($orderId: ID!) { paymentsOfOrder(orderId: $orderId) { payments {
  tender state tendered { amount currency } tip { amount currency } card { brand lastFour } } } }`

interface StoreAnswer {
  readonly storesById: readonly {
    readonly name: string
    readonly timeZone: string
    readonly receiptHeader: string
    readonly receiptFooter: string
    readonly taxNumber: string | null
    readonly address: {
      readonly street: string
      readonly postalCode: string
      readonly city: string
      readonly region: string | null
      readonly country: string
    } | null
  }[]
}

interface MoneyText {
  readonly amount: string
  readonly currency: string
}

interface TendersAnswer {
  readonly paymentsOfOrder: {
    readonly payments: readonly {
      readonly tender: TenderKind
      readonly state: string
      readonly tendered: MoneyText
      readonly tip: MoneyText
      readonly card: { readonly brand: string; readonly lastFour: string } | null
    }[]
  } | null
}

/** What is not paid, or is not any more, is on no receipt. */
const NOT_PAID: ReadonlySet<string> = new Set(['DECLINED', 'VOIDING', 'VOIDED'])

/** What identity and payments know of a sale that stands on its receipt. */
export async function receiptFacts(peers: PeerAccess, caller: PeerCaller, order: Order) {
  const ask = <Data>(peer: string, query: string, variables: Readonly<Record<string, unknown>>) =>
    callPeer<Data>(peers, peer, caller, { query, variables })
  const { registerId, cashierId } = order
  const [stores, registers, users, paid] = await Promise.all([
    ask<StoreAnswer>('identity', STORE, { ids: [order.storeId] }),
    registerId
      ? ask<{ registersById: readonly { name: string }[] }>('identity', REGISTER, { ids: [registerId] })
      : undefined,
    cashierId
      ? ask<{ usersById: readonly { displayName: string }[] }>('identity', CASHIER, { ids: [cashierId] })
      : undefined,
    ask<TendersAnswer>('payments', TENDERS, { orderId: order.id }),
  ])
  const [store] = stores.storesById
  if (!store) throw new Error('What was sold was sold in a store')
  return {
    store: readStore(store),
    registerName: registers?.registersById[0]?.name ?? null,
    cashierName: users?.usersById[0]?.displayName ?? null,
    tenders: (paid.paymentsOfOrder?.payments ?? [])
      .filter(({ state }) => !NOT_PAID.has(state))
      .map(
        ({ tender, tendered, tip, card }): ReceiptTender => ({
          kind: tender,
          tendered: minorOf(tendered),
          tip: minorOf(tip),
          brand: card?.brand ?? null,
          lastFour: card?.lastFour ?? null,
        }),
      ),
  }
}

function readStore({
  name,
  timeZone,
  receiptHeader,
  receiptFooter,
  taxNumber,
  address,
}: StoreAnswer['storesById'][number]) {
  const store: ReceiptStore = {
    ...{ name, timeZone, taxNumber, header: receiptHeader, footer: receiptFooter },
    address: address
      ? [
          address.street,
          `${address.postalCode} ${address.city}`,
          address.region ? `${address.region}, ${address.country}` : address.country,
        ]
      : [],
  }
  return store
}

function minorOf({ amount, currency }: MoneyText): bigint {
  return parseMoney(amount, parseCurrencyCode(currency)).minor
}
