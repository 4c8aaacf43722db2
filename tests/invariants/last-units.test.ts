import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, demand, signUp, type TestBusiness } from '../support/ask.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { auditAtRest } from './audit.ts'
import { COMPLETE_SALE, levelOf, type SaleInput, saleInput, stocked } from './shop.ts'
import { askFromProcesses } from './tills.ts'

const START_TIMEOUT_MS = 90_000
const SALES_TIMEOUT_MS = 600_000
const AT_REST_TIMEOUT_MS = 30_000
/** How much is asked of it; `npm run invariants` asks for all that is promised. */
const CHECKOUTS = Number(process.env.CHECKOUTS ?? 600)
const COPIES = Number(process.env.COPIES ?? 200)
const COPIED_REQUESTS = Number(process.env.COPIED_REQUESTS ?? 4)
const CLIENT_PROCESSES = 4
const AT_ONCE = Math.min(CHECKOUTS, 1_000)
const UNITS = CHECKOUTS >= 1_000 ? 100 : 60

let graph: TestGraph
let business: TestBusiness

beforeAll(async () => {
  graph = await startTestGraph('one box')
  business = await signUp(graph.url, 'Last units')
}, START_TIMEOUT_MS)

afterAll(() => graph?.stop())

const sendAll = (inputs: readonly SaleInput[], atOnce = AT_ONCE) =>
  askFromProcesses(
    {
      url: graph.url,
      token: business.token,
      query: COMPLETE_SALE,
      requests: inputs.map(input => ({ input })),
      atOnce,
    },
    CLIENT_PROCESSES,
  )

test(
  `${CHECKOUTS} checkouts of ${CLIENT_PROCESSES} client processes for the last ${UNITS} units: exactly those are sold`,
  async () => {
    const products = [
      await stocked(graph.url, business, 'A', UNITS),
      await stocked(graph.url, business, 'B', UNITS),
    ] as const
    const [a, b] = products
    // baskets in opposite orders, where careless locking would deadlock; each is 5.00, paid with 10.00 in cash
    const inputs = Array.from({ length: CHECKOUTS }, (_, number) =>
      saleInput(
        business.storeId,
        number % 2 === 0
          ? [
              [a, 1],
              [b, 1],
            ]
          : [
              [b, 1],
              [a, 1],
            ],
        [{ kind: 'CASH', minor: 1_000 }],
      ),
    )
    const answers = await sendAll(inputs)
    expect(counted(answers.map(({ status, outcome }) => `${status} ${outcome}`))).toEqual({
      '200 CompleteSaleSuccess': UNITS,
      '200 OutOfStock': CHECKOUTS - UNITS,
    })
    for (const productId of products) expect(await levelOf(graph.url, business, productId)).toBe(0)
    // the till holds just what was owed
    expect((await paidInCash()).net.amount).toBe(`${UNITS * 5}.00`)
    expect(await demand(graph.url, PROOF, {}, business.token)).toMatchObject({ holds: true })
    expect(await auditAtRest(graph.database.url, AT_REST_TIMEOUT_MS)).toEqual([])
  },
  SALES_TIMEOUT_MS,
)

test(
  `${COPIES} copies of one request at once, ${COPIED_REQUESTS} times: one effect, one charge, one answer; other content is refused`,
  async () => {
    const productId = await stocked(graph.url, business, 'C', COPIED_REQUESTS)
    for (let round = 0; round < COPIED_REQUESTS; round++) {
      const input = saleInput(
        business.storeId,
        [[productId, 1]],
        // every other by card, which must be charged once
        [round % 2 === 0 ? { kind: 'CARD', minor: 250, token: 'tok_visa' } : { kind: 'CASH', minor: 300 }],
      )
      const answers = await sendAll(
        Array.from({ length: COPIES }, () => input),
        COPIES,
      )
      const final = answers.filter(({ outcome }) => outcome !== 'StillInProgress')
      expect(counted(final.map(({ outcome }) => outcome))).toEqual({ CompleteSaleSuccess: final.length })
      expect(new Set(final.map(({ digest }) => digest)).size).toBe(1)
      expect(final.length).toBeGreaterThan(0)
      const other = { ...input, note: 'another' }
      const refused = await ask(graph.url, COMPLETE_SALE, { input: other }, { token: business.token })
      expect(refused.data?.completeSale).toMatchObject({ __typename: 'AlreadyUsedDifferently' })
    }
    expect(await levelOf(graph.url, business, productId)).toBe(0)
    const charged = await looked('select max(asked)::int as asked from payments.sandbox_charge')
    expect(charged).toEqual([{ asked: 1 }])
    expect(await auditAtRest(graph.database.url, AT_REST_TIMEOUT_MS)).toEqual([])
  },
  SALES_TIMEOUT_MS,
)

const PROOF = '{ ledgerProof { holds } }'

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

async function looked(query: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: graph.database.url })
  await client.connect()
  try {
    return (await client.query(query)).rows
  } finally {
    await client.end()
  }
}

function counted(all: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of all) counts[one] = (counts[one] ?? 0) + 1
  return counts
}
