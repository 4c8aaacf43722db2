import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { formatQuantity } from '@tillgraph/rules/quantity'

const PROBLEM = '__typename ... on Problem { code message } ... on InvalidInput { field }'

const SELL = `mutation SellForOrders($input: ReserveStockInput!) { sellStock(input: $input) { ${PROBLEM}
  ... on OutOfStock { products { productId wanted available } } } }`

const UNSELL = `mutation UnsellForOrders($orderId: ID!) { unsellStock(orderId: $orderId) {
  __typename ... on Problem { code message } } }`

interface ProblemAnswer {
  readonly code: string
  readonly message: string
}

export type SellStockAnswer =
  | { readonly __typename: 'StockCommitted' }
  | (ProblemAnswer & {
      readonly __typename: 'OutOfStock'
      readonly products: { readonly productId: string; readonly wanted: string; readonly available: string }[]
    })
  | (ProblemAnswer & { readonly __typename: 'AlreadyUsedDifferently' })
  | (ProblemAnswer & { readonly __typename: 'InvalidInput'; readonly field: string })

export async function sellStock(
  peers: PeerAccess,
  caller: PeerCaller,
  sale: {
    readonly stockId: string
    readonly storeId: string
    readonly goods: readonly { readonly productId: string; readonly quantity: string }[]
  },
): Promise<SellStockAnswer> {
  const lines = sale.goods.map(({ productId, quantity }) => ({ productId, quantity: formatQuantity(BigInt(quantity)) }))
  const answer = await callPeer<{ sellStock: SellStockAnswer }>(peers, 'inventory', caller, {
    query: SELL,
    variables: { input: { orderId: sale.stockId, storeId: sale.storeId, lines } },
  })
  return answer.sellStock
}

/** Puts back what was sold, known there or not; whether it was done. */
export async function unsellStock(peers: PeerAccess, caller: PeerCaller, stockId: string): Promise<boolean> {
  const answer = await callPeer<{ unsellStock: { __typename: string } }>(peers, 'inventory', caller, {
    query: UNSELL,
    variables: { orderId: stockId },
  })
  return answer.unsellStock.__typename === 'StockUnsold'
}

const RETURN = `mutation ReturnForOrders($input: ReturnStockInput!) { returnStock(input: $input) {
  __typename ... on Problem { code message } } }`

/** Takes goods of an order back. Orders has seen to it that there are not too many, so a refusal is a fault. */
export async function returnStock(
  peers: PeerAccess,
  caller: PeerCaller,
  input: {
    readonly returnId: string
    readonly orderId: string
    readonly storeId: string
    readonly restock: boolean
    readonly lines: readonly { readonly productId: string; readonly quantity: bigint }[]
  },
): Promise<void> {
  const lines = input.lines.map(({ productId, quantity }) => ({ productId, quantity: formatQuantity(quantity) }))
  const { returnStock: answer } = await callPeer<{ returnStock: { __typename: string; code?: string } }>(
    peers,
    'inventory',
    caller,
    { query: RETURN, variables: { input: { ...input, lines } } },
  )
  if (answer.__typename !== 'StockReturned') throw new Error(`Goods that came back were refused: ${answer.code}`)
}
