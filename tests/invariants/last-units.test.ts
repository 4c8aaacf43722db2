import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asked, ask, demand, signUp, type TestBusiness } from '../support/ask.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'

const START_TIMEOUT_MS = 90_000
const SALES_TIMEOUT_MS = 120_000
/** `CHECKOUTS=10000 npm test -- tests/invariants` asks more of it. */
const CHECKOUTS = Number(process.env.CHECKOUTS ?? 600)
const TILLS = 32
const UNITS = 60

const COMPLETE_SALE = `mutation ($input: CompleteSaleInput!) { completeSale(input: $input) { __typename
  ... on CompleteSaleSuccess { order { number totals { total { amount } } } change { amount } }
  ... on Problem { code message } ... on InvalidInput { field } } }`

let graph: TestGraph
let business: TestBusiness
let products: [string, string]

beforeAll(async () => {
  graph = await startTestGraph('one box')
  business = await signUp(graph.url, 'Last units')
  products = [await stocked('A', UNITS), await stocked('B', UNITS)]
}, START_TIMEOUT_MS)

afterAll(() => graph?.stop())

test(
  `${CHECKOUTS} checkouts at ${TILLS} tills for the last ${UNITS} units: exactly those are sold, and money and goods agree`,
  async () => {
    const answers = await sellAtTills(CHECKOUTS, number => {
      // baskets in opposite orders, where careless locking would deadlock
      const [first, second] = number % 2 === 0 ? products : [products[1], products[0]]
      return [first, second]
    })
    const outcomes = groupBy(answers, answer => String(outcomeOf(answer)))
    expect(Object.fromEntries([...outcomes].map(([name, all]) => [name, all.length]))).toEqual({
      CompleteSaleSuccess: UNITS,
      OutOfStock: CHECKOUTS - UNITS,
    })
    const numbers = (outcomes.get('CompleteSaleSuccess') ?? []).map(answer => saleOf(answer).order.number)
    expect(new Set(numbers).size).toBe(UNITS)
    for (const productId of products)
      expect(await demand(graph.url, STOCK, { storeId: business.storeId, productId }, business.token)).toMatchObject({
        level: '0',
        available: '0',
      })
    // every sale was 5.00, paid with 10.00 in cash: the till holds just what was owed, and the books sum to nothing
    const { net } = await paidInCash()
    expect(net.amount).toBe(`${UNITS * 5}.00`)
    expect(await proof()).toMatchObject({ holds: true, unbalancedTransfers: [], wrongBalances: [] })
  },
  SALES_TIMEOUT_MS,
)

test(
  'one sale sent 200 times at once is one sale with one answer, and another content under its id is refused',
  async () => {
    const productId = await stocked('C', 5)
    const input = saleOfOne([productId])
    const answers = await Promise.all(Array.from({ length: 200 }, () => sell(input)))
    const final = answers.filter(answer => outcomeOf(answer) !== 'StillInProgress')
    expect(new Set(final.map(answer => JSON.stringify(answer.data))).size).toBe(1)
    expect(outcomeOf(final[0])).toBe('CompleteSaleSuccess')
    expect(await demand(graph.url, STOCK, { storeId: business.storeId, productId }, business.token)).toMatchObject({
      level: '4',
    })
    const other = await sell({ ...input, lines: [{ productId, quantity: '2' }] })
    expect(outcomeOf(other)).toBe('AlreadyUsedDifferently')
  },
  SALES_TIMEOUT_MS,
)

const STOCK = `query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) { level available } }`

const proof = () =>
  demand(
    graph.url,
    '{ ledgerProof { holds transfers unbalancedTransfers wrongBalances totals { amount } } }',
    {},
    business.token,
  )

async function paidInCash(): Promise<{ net: { amount: string } }> {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const store = await demand<{ paymentMethodReport: { net: { amount: string } } }>(
    graph.url,
    `query ($id: ID!, $from: Date!, $to: Date!) { store(id: $id) {
       paymentMethodReport(from: $from, to: $to) { net { amount } } } }`,
    // a day on either side, for a run that crosses midnight somewhere
    { id: business.storeId, from: day(-1), to: day(1) },
    business.token,
  )
  return store.paymentMethodReport
}

async function stocked(sku: string, quantity: number): Promise<string> {
  const productId = randomUUID()
  await demand(
    graph.url,
    'mutation ($input: CreateProductInput!) { createProduct(input: $input) { __typename ... on Problem { code message } } }',
    { input: { id: productId, sku, name: `Product ${sku}`, price: { amount: '2.50', currency: 'EUR' } } },
    business.token,
  )
  await demand(
    graph.url,
    'mutation ($input: SetOpeningStockInput!) { setOpeningStock(input: $input) { __typename ... on Problem { code message } } }',
    { input: { storeId: business.storeId, productId, quantity: String(quantity) } },
    business.token,
  )
  return productId
}

function saleOfOne(productIds: readonly string[]) {
  return {
    id: randomUUID(),
    storeId: business.storeId,
    lines: productIds.map(productId => ({ productId, quantity: '1' })),
    tenders: [{ id: randomUUID(), kind: 'CASH', amount: { amount: '10.00', currency: 'EUR' } }],
  }
}

const sell = (input: unknown) => ask(graph.url, COMPLETE_SALE, { input }, { token: business.token })

async function sellAtTills(count: number, basket: (number: number) => readonly string[]): Promise<Asked[]> {
  const answers: Asked[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: TILLS }, async () => {
      for (let number = next++; number < count; number = next++) answers.push(await sell(saleOfOne(basket(number))))
    }),
  )
  return answers
}

function outcomeOf(answer: Asked | undefined): unknown {
  return (answer?.data?.completeSale as { __typename?: string } | undefined)?.__typename ?? JSON.stringify(answer)
}

function saleOf(answer: Asked) {
  return answer.data?.completeSale as { order: { number: string } }
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return groups
}
