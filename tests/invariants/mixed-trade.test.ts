import { afterAll, beforeAll, expect, test } from 'vitest'
import { demand, signUp, type TestBusiness } from '../support/ask.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { Random } from '../support/random.ts'
import { auditAtRest } from './audit.ts'
import { levelOf, stocked } from './shop.ts'
import { type Traded, Trader } from './trader.ts'

const START_TIMEOUT_MS = 90_000
const TRADE_TIMEOUT_MS = 3_600_000
const AT_REST_TIMEOUT_MS = 60_000
/** How much is traded; `npm run invariants` trades all that is promised. */
const OPERATIONS = Number(process.env.OPERATIONS ?? 800)
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)
const TRADERS = 16
const PRODUCTS = 12
const OPENING = 1_000_000
/** Access tokens are good for ten minutes. */
const SIGN_IN_AGAIN_MS = 240_000

let graph: TestGraph
let business: TestBusiness
let products: string[]

beforeAll(async () => {
  graph = await startTestGraph('one box')
  business = await signUp(graph.url, 'Mixed trade')
  products = []
  for (let number = 0; number < PRODUCTS; number++)
    products.push(await stocked(graph.url, business, `P${number}`, OPENING))
}, START_TIMEOUT_MS)

afterAll(() => graph?.stop())

test(
  `${OPERATIONS} sales, cancellations, tips and refunds in part, many of them sent twice: money and goods agree (SEED=${SEED})`,
  async () => {
    const token = keepSignedIn()
    const random = new Random(SEED)
    const traders = Array.from(
      { length: TRADERS },
      () => new Trader(graph.url, business.storeId, token.get, products, new Random(random.below(2 ** 31))),
    )
    let next = 0
    try {
      await Promise.all(
        traders.map(async trader => {
          while (next < OPERATIONS) {
            next++
            await trader.trade()
            if (next % 10_000 === 0) console.log(`${next} of ${OPERATIONS} done`)
          }
        }),
      )
    } finally {
      token.stop()
    }
    expect(await auditAtRest(graph.database.url, AT_REST_TIMEOUT_MS)).toEqual([])

    // and what the tills were told is what the graph says in the end
    const traded = traders.map(trader => trader.traded)
    business = { ...business, token: token.get() }
    for (const productId of products)
      expect(await levelOf(graph.url, business, productId)).toBe(
        OPENING - total(traded, ({ left }) => left.get(productId)),
      )
    const { holds, totals } = await demand<{ holds: boolean; totals: { amount: string }[] }>(
      graph.url,
      '{ ledgerProof { holds totals { amount } } }',
      {},
      business.token,
    )
    expect(holds).toBe(true)
    for (const { amount } of totals) expect(Number(amount)).toBe(0)
    expect(await kept()).toEqual({
      net: total(traded, ({ paid, refunded }) => paid - refunded),
      tips: total(traded, ({ tips }) => tips),
    })
    // a run that did not do one of these would prove nothing of it
    const seen = new Set(traded.flatMap(({ outcomes }) => [...outcomes.keys()]))
    for (const outcome of ['sold', 'declined', 'cancelled', 'returned', 'MoreThanLeft', 'AlreadyUsedDifferently'])
      expect(seen).toContain(outcome)
  },
  TRADE_TIMEOUT_MS,
)

function total(traded: readonly Traded[], part: (one: Traded) => number | undefined): number {
  return traded.reduce((sum, one) => sum + (part(one) ?? 0), 0)
}

/** What the store kept, in minor units, over all means of paying. */
async function kept() {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const { paymentMethodReport } = await demand<{
    paymentMethodReport: Record<'net' | 'tips', { amount: string }>
  }>(
    graph.url,
    `query ($id: ID!, $from: Date!, $to: Date!) { store(id: $id) { paymentMethodReport(from: $from, to: $to) {
       net { amount } tips { amount } } } }`,
    { id: business.storeId, from: day(-1), to: day(1) },
    business.token,
  )
  const minor = ({ amount }: { amount: string }) => Math.round(Number(amount) * 100)
  return { net: minor(paymentMethodReport.net), tips: minor(paymentMethodReport.tips) }
}

function keepSignedIn() {
  let { token, refreshToken } = business
  const again = async () => {
    const { tokens } = await demand<{ tokens: { accessToken: string; refreshToken: string } }>(
      graph.url,
      `mutation ($input: RefreshInput!) { refresh(input: $input) {
         ... on RefreshSuccess { tokens { accessToken refreshToken } } ... on Problem { code message } } }`,
      { input: { refreshToken, deviceId: business.deviceId } },
    )
    token = tokens.accessToken
    refreshToken = tokens.refreshToken
  }
  const timer = setInterval(() => void again().catch(error => console.error(error)), SIGN_IN_AGAIN_MS)
  return { get: () => token, stop: () => clearInterval(timer) }
}
