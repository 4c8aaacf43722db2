import { makeId } from '@tillgraph/kit/ids'
import { parseStockLease } from '@tillgraph/rules/offline/lease'
import { compactVerify, createRemoteJWKSet } from 'jose'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayInBerlin, log, nextRecord, type TestTill } from '../../subgraphs/orders/test/offline/kit/tills.ts'
import { demand, signUp, type TestBusiness } from '../support/ask.ts'
import { enrolTill } from '../support/enrol-till.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { openPool } from '../support/pool.ts'

const START_TIMEOUT_MS = 90_000
const RUN_TIMEOUT_MS = 60_000
const HEARD_WITHIN_MS = 30_000
const PROBLEM = '... on Problem { code message }'

let graph: TestGraph
let business: TestBusiness
let pool: pg.Pool
let till: TestTill
beforeAll(async () => {
  graph = await startTestGraph('one box')
  business = await signUp(graph.url, 'Cut off')
  pool = openPool(graph.database.url)
  till = await enrolTill(graph.url, business)
}, START_TIMEOUT_MS)
afterAll(async () => {
  await pool?.end()
  await graph?.stop()
}, START_TIMEOUT_MS)

const ask = <T>(text: string, variables: Record<string, unknown>) =>
  demand<T>(graph.url, text, variables, business.token)

/** What a query comes to say once events have been heard. */
async function eventually<T>(look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  const until = Date.now() + HEARD_WITHIN_MS
  for (;;) {
    const found = await look()
    if (isThere(found) || Date.now() > until) return found
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

test(
  'what was sold while cut off leaves the shelf, the lease and the drawer, is in the report, and beyond the stock an incident',
  async () => {
    const { storeId, token } = business
    const productId = await makeProduct()
    const lease = await ask<{ id: string; signed: string }>(
      `mutation ($input: LeaseStockInput!) { leaseStock(input: $input) { ${PROBLEM}
        ... on LeaseStockSuccess { lease { id signed } } } }`,
      {
        input: {
          ...{ id: makeId(), storeId, registerId: till.registerId, expiresInSeconds: 3600 },
          lines: [{ productId, quantity: '3' }],
        },
      },
    ).then(answer => (answer as unknown as { lease: { id: string; signed: string } }).lease)
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', graph.url))
    const { payload, protectedHeader } = await compactVerify(lease.signed, keys)
    expect(protectedHeader.typ).toBe('tillgraph-stock-lease')
    expect(parseStockLease(JSON.parse(new TextDecoder().decode(payload)))).toMatchObject({
      ...{ leaseId: lease.id, storeId, registerId: till.registerId, lines: [{ productId, quantity: '3' }] },
    })

    const takenAt = new Date(Date.now() - 60_000)
    const leases = [{ leaseId: lease.id, productId, quantity: '3' }]
    const within = await log(till, nextRecord(till, takenAt, { productId, quantity: '3', leases }))
    const beyond = nextRecord(till, takenAt, { productId, quantity: '4' })
    const lines = [within, await log(till, beyond)]
    const submit = () =>
      ask<{ results: { outcome: string; verdict: string }[] }>(
        `mutation ($input: SubmitOfflineBatchInput!) { submitOfflineBatch(input: $input) { ${PROBLEM}
          ... on SubmitOfflineBatchSuccess { results { outcome verdict code } } } }`,
        { input: { registerId: till.registerId, records: lines, sentAt: new Date().toISOString() } },
      )
    expect((await submit()).results.map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'ACCEPTED'])
    expect((await submit()).results.map(({ outcome }) => outcome)).toEqual(['KNOWN', 'KNOWN'])

    const stock = await eventually(
      () =>
        ask<{ level: string; reserved: string }>(
          'query ($s: ID!, $p: ID!) { stock(storeId: $s, productId: $p) { level reserved available } }',
          { s: storeId, p: productId },
        ),
      ({ level }) => level === '-2',
    )
    expect(stock).toEqual({ level: '-2', reserved: '0', available: '-2' })
    const incidents = await ask<{ nodes: object[] }>(
      `query ($s: ID!) { oversoldIncidents(storeId: $s) { nodes { quantity short product { name } cashier { id }
        order { number offline { sequence } } } } }`,
      { s: storeId },
    )
    expect(incidents.nodes).toEqual([
      {
        ...{ quantity: '4', short: '2', product: { name: 'Honey' }, cashier: { id: till.shop.userId } },
        order: { number: '000002', offline: { sequence: 2 } },
      },
    ])
    const drawer = await eventually(
      async () =>
        (
          await pool.query('select tender, state, amount from payments.payment where order_id = $1', [
            beyond.sale.orderId,
          ])
        ).rows,
      rows => rows.length > 0,
    )
    expect(drawer).toEqual([{ tender: 'CASH', state: 'CAPTURED', amount: '2000' }])
    const report = await demand<{ salesReport: { figures: object } }>(
      graph.url,
      `query ($s: ID!, $day: Date!) { store(id: $s) { salesReport(from: $day, until: $day) { figures { orders total { amount } } } } }`,
      { s: storeId, day: dayInBerlin(takenAt) },
      token,
    )
    expect(report.salesReport.figures).toMatchObject({ orders: 2, total: { amount: '35.00' } })
  },
  RUN_TIMEOUT_MS,
)

async function makeProduct(): Promise<string> {
  const { product } = await ask<{ product: { id: string } }>(
    `mutation ($input: CreateProductInput!) { createProduct(input: $input) { ${PROBLEM}
      ... on CreateProductSuccess { product { id } } } }`,
    { input: { sku: 'HONEY', name: 'Honey', price: { amount: '5.00', currency: 'EUR' } } },
  )
  await ask(`mutation ($input: SetOpeningStockInput!) { setOpeningStock(input: $input) { ${PROBLEM} __typename } }`, {
    input: { storeId: business.storeId, productId: product.id, quantity: '5' },
  })
  return product.id
}
