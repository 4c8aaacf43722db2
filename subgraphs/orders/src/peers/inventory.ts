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
    readonly goods: Goods
    /** It is sold already, whatever is there. */
    readonly offline?: boolean
  },
): Promise<SellStockAnswer> {
  const answer = await callPeer<{ sellStock: SellStockAnswer }>(peers, 'inventory', caller, {
    query: SELL,
    variables: {
      input: {
        orderId: sale.stockId,
        storeId: sale.storeId,
        lines: linesOf(sale.goods),
        offline: sale.offline ?? false,
      },
    },
  })
  return answer.sellStock
}

const HOLD = `mutation HoldForOrders($input: ReserveStockInput!) { holdStock(input: $input) { ${PROBLEM}
  ... on OutOfStock { products { productId wanted available } } ... on StockReserved { expiresAt } } }`

export type HoldStockAnswer =
  | { readonly __typename: 'StockReserved'; readonly expiresAt: string }
  | Exclude<SellStockAnswer, { readonly __typename: 'StockCommitted' }>

/** Keeps back exactly these goods, whatever was kept back before: all of them, or as it was. */
export async function holdStock(
  peers: PeerAccess,
  caller: PeerCaller,
  hold: { readonly stockId: string; readonly storeId: string; readonly goods: Goods; readonly seconds: number },
): Promise<HoldStockAnswer> {
  const { stockId, storeId, goods, seconds } = hold
  const answer = await callPeer<{ holdStock: HoldStockAnswer }>(peers, 'inventory', caller, {
    query: HOLD,
    variables: { input: { orderId: stockId, storeId, lines: linesOf(goods), expiresInSeconds: seconds } },
  })
  return answer.holdStock
}

const RELEASE = `mutation ReleaseForOrders($orderId: ID!) { releaseStock(orderId: $orderId) {
  __typename ... on Problem { code message } } }`

/** Sets free what is kept back, known there or not; false where it was sold meanwhile. */
export async function releaseStock(peers: PeerAccess, caller: PeerCaller, stockId: string): Promise<boolean> {
  const answer = await callPeer<{ releaseStock: { __typename: string } }>(peers, 'inventory', caller, {
    query: RELEASE,
    variables: { orderId: stockId },
  })
  return answer.releaseStock.__typename === 'StockReleased'
}

/** Thousandths, as text or as they are. */
type Goods = readonly { readonly productId: string; readonly quantity: string | bigint }[]

const linesOf = (goods: Goods) =>
  goods.map(({ productId, quantity }) => ({ productId, quantity: formatQuantity(BigInt(quantity)) }))

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
