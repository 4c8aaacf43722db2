import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditAtRest } from '../invariants/audit.ts'
import { COMPLETE_SALE, levelOf, PRICE_MINOR, saleInput, stocked } from '../invariants/shop.ts'
import { type Asked, ask, demand, signUp, type TestBusiness } from '../support/ask.ts'
import { type GraphMode, startTestGraph, type TestGraph } from '../support/graph.ts'

const START_TIMEOUT_MS = 90_000
const STOCK = 1_000
const SALES = 120
const LOOKS = 60
const PATIENCE_MS = 60_000
/** Far fewer than come at once. */
const limits = { inFlight: 4, waiting: 12, waitMilliseconds: 1_000 }

describe.each<GraphMode>(['one box', 'seven processes'])('more sales at once than can be carried out, on %s', mode => {
  let graph: TestGraph
  let business: TestBusiness
  let productId: string

  beforeAll(async () => {
    graph = await startTestGraph(mode, { limits })
    business = await signUp(graph.url, 'Crowded')
    productId = await stocked(graph.url, business, 'CROWD', STOCK)
  }, START_TIMEOUT_MS)

  afterAll(() => graph?.stop(), START_TIMEOUT_MS)

  test('are answered or turned away with nothing done, and then all is as before', async () => {
    const inputs = Array.from({ length: SALES }, () => sale())
    const looking = Array.from({ length: LOOKS }, (_, index) =>
      ask(graph.url, `{ a${index}: stores { nodes { id name } } }`, {}, { token: business.token }),
    )
    const answers = await Promise.all(inputs.map(input => sell(input)))
    const looks = await Promise.all(looking)
    const turnedAway = answers.filter(isTurnedAway)
    const sold = answers.filter(({ status, data }) => status === 200 && data?.completeSale !== undefined)
    expect(sold.length).toBeGreaterThan(0)
    expect(turnedAway.length).toBeGreaterThan(0)
    // nobody is told anything else, and looks are turned away no later than sales
    expect(sold.length + turnedAway.length).toBe(SALES)
    for (const { data } of sold) expect(data).toMatchObject({ completeSale: { __typename: 'CompleteSaleSuccess' } })
    const seen = looks.filter(({ status }) => status === 200).length
    expect(seen + looks.filter(isTurnedAway).length).toBe(LOOKS)

    // the books know those that were sold, and of the others nothing
    expect(await levelOf(graph.url, business, productId)).toBe(STOCK - sold.length)
    expect(await auditAtRest(graph.database.url, PATIENCE_MS)).toEqual([])
    const soldIds = inputs.filter((_, index) => sold.includes(answers[index] as Asked)).map(({ id }) => id)
    expect((await knownOrders(graph.database.url)).sort()).toEqual(soldIds.sort())

    // service is as usual right after, also for one that was turned away and comes again
    const again = inputs.find((_, index) => turnedAway.includes(answers[index] as Asked))
    expect(await sell(again ?? sale())).toMatchObject({ data: { completeSale: { __typename: 'CompleteSaleSuccess' } } })
    for (let count = 0; count < 5; count++) await demand(graph.url, COMPLETE_SALE, { input: sale() }, business.token)
  }, 180_000)

  const sale = () => ({
    ...saleInput(business.storeId, [[productId, 1]], [{ kind: 'CASH', minor: PRICE_MINOR }]),
    id: randomUUID(),
  })

  const sell = (input: object) => ask(graph.url, COMPLETE_SALE, { input }, { token: business.token })
})

async function knownOrders(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<{ id: string }>('select id from orders.customer_order')
    return rows.map(({ id }) => id)
  } finally {
    await client.end()
  }
}

function isTurnedAway({ status, errors, data }: Asked): boolean {
  return status === 503 && errors?.[0]?.extensions?.code === 'OVERLOADED' && data === undefined
}
