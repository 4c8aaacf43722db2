import { setTimeout as sleep } from 'node:timers/promises'
import type { GraphService } from '@tillgraph/kit/graph-request'
import { type Client, createClient } from 'graphql-ws'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { demand } from '../support/ask.ts'
import { startTestGraph, type TestGraph, type TestGraphOptions } from '../support/graph.ts'
import { adjustStock } from '../support/stock.ts'
import { makeSealedWorld, type SealedCaller, type SealedStore, type SealedWorld } from './callers.ts'
import { COMPLETE_SALE, PRICE_MINOR, saleInput } from './shop.ts'

/** `PUSHES=1000000 CALLERS=200 npm test -- tests/invariants/sealed-pushes` is what is promised. */
const PUSHES = Number(process.env.PUSHES ?? 3_000)
const CALLERS = Number(process.env.CALLERS ?? 20)
const TENANTS = 4
const CHANGES_AT_ONCE = 16
const TIMEOUT_MS = 240_000 + PUSHES * 2
/** A dashboard opened three times. A socket carries a hundred subscriptions: eight stores, four of each, three times. */
const COPIES_OF_EACH = 3
const CHANGES_PER_SALE = 7
const SETTLE_MS = 1_000
const LEAKS_TOLD = 10

const STOCK_SHAPES = [
  'stockChanged(storeId: $storeId) { storeId level available }',
  'stockChanged(storeId: $storeId) { storeId available averageCost { amount } product { name } }',
  'stockChanged(storeId: $storeId) { ...Part product { name stock(storeId: $storeId) { reserved } } }',
].map(
  (text, index) =>
    `subscription ($storeId: ID!) { ${text} }${index === 2 ? ' fragment Part on Stock { storeId low averageCost { amount } }' : ''}`,
)
const ORDERS =
  'subscription ($storeId: ID!) { storeOrders(storeId: $storeId, statuses: [COMPLETED]) { order { storeId } } }'

let graph: TestGraph | undefined
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) void client.dispose()
  await graph?.stop()
  graph = undefined
}, 60_000)

test(
  `of ${PUSHES} messages pushed to ${CALLERS} people of ${TENANTS} businesses none is another's, or beyond their rights`,
  async () => {
    const { leaks, pushes, refused, asked, costs, orders } = await pushToEverybody({}, CALLERS, PUSHES)
    expect(leaks.slice(0, LEAKS_TOLD)).toEqual([])
    expect(pushes).toBeGreaterThanOrEqual(PUSHES)
    // each asked for everything of everybody, so most was refused
    expect(refused).toBe(asked.forbidden)
    expect(asked.allowed).toBeGreaterThan(CALLERS)
    // and what some must not see was there to be seen
    expect(Math.min(costs, orders)).toBeGreaterThan(0)
  },
  TIMEOUT_MS,
)

test(
  'a subgraph that lets everybody follow everything leaks, and it is seen',
  async () => {
    const tokens = new Map<unknown, string>()
    const planted: TestGraphOptions = {
      between: subgraphs => {
        const inventory = subgraphs.get('inventory') as GraphService
        return new Map(subgraphs).set('inventory', {
          execute: request => inventory.execute(request),
          subscribe: request => {
            const storeId = Object.values(request.variables ?? {}).find(value => tokens.has(value))
            const authorization = `Bearer ${tokens.get(storeId)}`
            return inventory.subscribe({ ...request, headers: { ...request.headers, authorization } })
          },
        })
      },
    }
    const { leaks } = await pushToEverybody(planted, 10, 200, ({ stores }) => {
      for (const { storeId, owner } of stores) tokens.set(storeId, owner.token)
    })
    for (const kind of ["another's", 'beyond rights'])
      expect(leaks.filter(leak => leak.startsWith(kind)).length).toBeGreaterThan(0)
  },
  TIMEOUT_MS,
)

interface Outcome {
  readonly leaks: readonly string[]
  readonly pushes: number
  readonly refused: number
  /** Messages that told a cost, and those about orders. */
  readonly costs: number
  readonly orders: number
  readonly asked: { readonly allowed: number; readonly forbidden: number }
}

/** Everybody asks for everything of every store of every business; then everything changes, again and again. */
async function pushToEverybody(
  options: TestGraphOptions,
  callers: number,
  most: number,
  isMade: (world: SealedWorld) => void = () => {},
): Promise<Outcome> {
  graph = await startTestGraph('one box', options)
  const { url } = graph
  const world = await makeSealedWorld(url, TENANTS, callers)
  isMade(world)
  const leaks: string[] = []
  let pushes = 0
  let answered = 0
  let refused = 0
  let costs = 0
  let orders = 0
  const asked = { allowed: 0, forbidden: 0 }
  for (const token of world.partners) await expect(closingCode(url, token)).resolves.toBe(4403)
  for (const caller of world.callers) {
    const client = open(url, caller.token)
    for (const store of world.stores) {
      for (const query of Array.from({ length: COPIES_OF_EACH }, () => [...STOCK_SHAPES, ORDERS]).flat()) {
        const isAllowed = query === ORDERS ? caller.mayReadOrders(store) : caller.mayReadStock(store)
        if (isAllowed) asked.allowed++
        else asked.forbidden++
        let isFirst = true
        const first = () => {
          if (isFirst && query !== ORDERS) answered++
          isFirst = false
        }
        client.subscribe(
          { query, variables: { storeId: store.storeId } },
          {
            next: ({ data }) => {
              first()
              pushes++
              if ((data?.stockChanged as { averageCost?: unknown } | undefined)?.averageCost != null) costs++
              if (data?.storeOrders) orders++
              const leak = data ? leakIn(data, caller, store, isAllowed) : undefined
              if (leak !== undefined) leaks.push(leak)
            },
            error: () => {
              first()
              refused++
            },
            complete: () => {},
          },
        )
      }
    }
  }
  const awaited = world.callers.length * world.stores.length * STOCK_SHAPES.length * COPIES_OF_EACH
  await expect.poll(() => answered, { timeout: TIMEOUT_MS / 4 }).toBe(awaited)
  await change(url, world, () => pushes < most)
  // what is on its way still counts
  await sleep(SETTLE_MS)
  return { leaks, pushes, refused, costs, orders, asked }
}

function leakIn(
  data: Record<string, unknown>,
  caller: SealedCaller,
  store: SealedStore,
  isAllowed: boolean,
): string | undefined {
  const told = JSON.stringify(data)
  if (!isAllowed) return `${caller.tenantId === store.tenantId ? 'beyond rights' : "another's"}: ${told}`
  const { stockChanged, storeOrders } = data as {
    stockChanged?: { storeId: string; averageCost?: unknown; product: { name: string } | null }
    storeOrders?: { order: { storeId: string } }
  }
  const storeId = stockChanged?.storeId ?? storeOrders?.order.storeId
  if (storeId !== store.storeId) return `another's: of another store: ${told}`
  if (stockChanged?.product && stockChanged.product.name !== store.productName) return `another's: product: ${told}`
  if (stockChanged?.averageCost != null && !caller.mayReadCost(store)) return `beyond rights: cost: ${told}`
  return undefined
}

/** Changes the stock of all stores in turn, and sells now and then. */
async function change(url: string, { stores }: SealedWorld, goesOn: () => boolean): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: CHANGES_AT_ONCE }, async () => {
      while (goesOn()) {
        const number = next++
        const { owner, productId } = stores[number % stores.length] as SealedStore
        if (number % CHANGES_PER_SALE === 0) {
          const input = saleInput(owner.storeId, [[productId, 1]], [{ kind: 'CASH', minor: PRICE_MINOR }])
          await demand(url, COMPLETE_SALE, { input }, owner.token)
        } else await adjustStock(url, owner, productId, number % 3 === 0 ? -2 : -1)
      }
    }),
  )
}

function open(url: string, token: string): Client {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  })
  clients.push(client)
  return client
}

/** With what a socket is closed that asks for anything at all. */
function closingCode(url: string, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    open(url, token).subscribe(
      { query: 'subscription { courierDeliveries { id } }' },
      {
        next: () => reject(new Error('a partner was told something')),
        error: failure => resolve((failure as { code?: number }).code),
        complete: () => {},
      },
    )
  })
}
