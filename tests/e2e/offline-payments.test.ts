import { makeId } from '@tillgraph/kit/ids'
import type { OfflineTender } from '@tillgraph/rules/offline/record'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { eventually } from '../../kit/test/support/eventually.ts'
import { startMailSink } from '../../subgraphs/orders/test/kit/mail-sink.ts'
import { log, nextRecord, type TestTill } from '../../subgraphs/orders/test/offline/kit/tills.ts'
import { demand, signUp, type TestBusiness } from '../support/ask.ts'
import { enrolTill } from '../support/enrol-till.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { openPool } from '../support/pool.ts'

const START_TIMEOUT_MS = 90_000
const RUN_TIMEOUT_MS = 120_000
const ENDED_WITHIN_MS = 60_000
const PROBLEM = '... on Problem { code message }'

let graph: TestGraph
let business: TestBusiness
let pool: pg.Pool
let till: TestTill
let productId: string
let sink: Awaited<ReturnType<typeof startMailSink>>
beforeAll(async () => {
  sink = await startMailSink()
  vi.stubEnv('SMTP_URL', sink.url)
  vi.stubEnv('SMTP_FROM', 'till@shop.example')
  graph = await startTestGraph('one box')
  business = await signUp(graph.url, 'Cards')
  pool = openPool(graph.database.url)
  till = await enrolTill(graph.url, business)
  const { product } = await ask<{ product: { id: string } }>(
    `mutation ($input: CreateProductInput!) { createProduct(input: $input) { ${PROBLEM}
      ... on CreateProductSuccess { product { id } } } }`,
    { input: { sku: 'HONEY', name: 'Honey', price: { amount: '5.00', currency: 'EUR' } } },
  )
  productId = product.id
}, START_TIMEOUT_MS)
afterAll(async () => {
  await pool?.end()
  await graph?.stop()
  await sink?.stop()
  vi.unstubAllEnvs()
}, START_TIMEOUT_MS)

const ask = <T>(text: string, variables: Record<string, unknown>) =>
  demand<T>(graph.url, text, variables, business.token)

/** Sells while cut off for 5.00 by this tender, and hands the record in, twice. */
async function soldOffline(tender: Omit<OfflineTender, 'id' | 'amount'>) {
  const paymentId = makeId()
  const tenders = [{ id: paymentId, amount: '5.00', ...tender }]
  const record = nextRecord(till, new Date(Date.now() - 60_000), { productId, tenders })
  const input = { registerId: till.registerId, records: [await log(till, record)], sentAt: new Date().toISOString() }
  const submit = async () => {
    const { results } = await ask<{ results: { outcome: string }[] }>(
      `mutation ($input: SubmitOfflineBatchInput!) { submitOfflineBatch(input: $input) { ${PROBLEM}
        ... on SubmitOfflineBatchSuccess { results { outcome code } } } }`,
      { input },
    )
    return results.map(({ outcome }) => outcome)
  }
  expect(await submit()).toEqual(['ACCEPTED'])
  expect(await submit()).toEqual(['KNOWN'])
  return { paymentId, orderId: record.sale.orderId }
}

interface Seen {
  readonly state: string
  readonly needsAttention: boolean
  readonly tries: number
  readonly order: { readonly paymentStatus: string }
}

const ended = (id: string) =>
  eventually(
    async () => {
      // payments hears of the sale a moment after it was accepted
      const { rows } = await pool.query('select 1 from payments.offline_payment where id = $1', [id])
      if (rows.length === 0) return undefined
      return ask<Seen>(
        `query ($id: ID!) { offlinePayment(id: $id) { state needsAttention declineCode tries order { paymentStatus } } }`,
        { id },
      )
    },
    seen => ['CAPTURED', 'DECLINED', 'EXPIRED'].includes(seen?.state ?? ''),
    ENDED_WITHIN_MS,
  )

/** What the card network says: how often it was asked for a payment, and what came of it. */
const network = async (id: string) =>
  (await pool.query('select state, asked, amount::int from payments.sandbox_charge where id = $1', [id])).rows

async function balances(): Promise<Record<string, string>> {
  const { nodes } = await ask<{ nodes: { kind: string; balance: { amount: string } }[] }>(
    `query ($s: ID!) { ledgerAccounts(storeId: $s) { nodes { kind balance { amount } } } }`,
    { s: business.storeId },
  )
  const found = nodes.filter(({ balance }) => Number(balance.amount) !== 0)
  return Object.fromEntries(found.map(({ kind, balance }) => [kind, balance.amount]))
}

async function proveBooks(): Promise<void> {
  const proof = await ask<{ holds: boolean; totals: { amount: string }[] }>(
    '{ ledgerProof { holds totals { amount } } }',
    {},
  )
  expect(proof).toMatchObject({ holds: true, totals: [{ amount: '0.00' }] })
}

test(
  'a card that was taken offline is captured once, after it was handed in; a refused one is owed, told, and paid in cash; of one that nobody answers for it is asked before anything is sent again',
  async () => {
    // a terminal's own reference of what it has stored
    const good = await soldOffline({ kind: 'CARD', token: 'saf_terminal7_000123' })
    expect(await ended(good.paymentId)).toMatchObject({
      ...{ state: 'CAPTURED', needsAttention: false, tries: 1, order: { paymentStatus: 'PAID' } },
    })
    expect(await network(good.paymentId)).toEqual([{ state: 'CAPTURED', asked: 1, amount: 500 }])
    expect(await balances()).toEqual({ CARD_CLEARING: '5.00', SALES: '-5.00' })
    await proveBooks()

    const bad = await soldOffline({ kind: 'CARD', token: 'tok_declined' })
    expect(await ended(bad.paymentId)).toMatchObject({
      ...{ state: 'DECLINED', needsAttention: true, declineCode: 'card_declined' },
      order: { paymentStatus: 'DECLINED' },
    })
    expect(await balances()).toEqual({ CARD_CLEARING: '5.00', RECEIVABLE: '5.00', SALES: '-10.00' })
    await proveBooks()
    const notices = () =>
      ask<{ nodes: object[] }>(
        `{ paymentNotices(filter: { open: true }) { nodes { payment { id state } order { id number } kind amount { amount }
          declineCode mailState } } }`,
        {},
      )
    const told = await eventually(notices, ({ nodes }) => JSON.stringify(nodes).includes('SENT'), ENDED_WITHIN_MS)
    expect(told.nodes).toEqual([
      {
        ...{ payment: { id: bad.paymentId, state: 'DECLINED' }, order: { id: bad.orderId, number: '000002' } },
        ...{ kind: 'DECLINED', amount: { amount: '5.00' }, declineCode: 'card_declined', mailState: 'SENT' },
      },
    ])
    expect(sink.received).toHaveLength(1)
    expect(sink.received[0]).toMatchObject({ to: [`owner@${business.slug}.example`] })

    const retried = await ask<object>(
      `mutation ($input: RetryOfflinePaymentInput!) { retryOfflinePayment(input: $input) { ${PROBLEM}
        ... on RetryOfflinePaymentSuccess { offlinePayment { state needsAttention order { paymentStatus } } } } }`,
      { input: { id: makeId(), offlinePaymentId: bad.paymentId, tender: { kind: 'CASH' } } },
    )
    expect(retried).toEqual({
      offlinePayment: { state: 'DECLINED', needsAttention: false, order: { paymentStatus: 'PAID' } },
    })
    expect(await balances()).toEqual({ CARD_CLEARING: '5.00', CASH_BOX: '5.00', SALES: '-10.00' })
    await proveBooks()

    // charged, and the answer lost; charged when nobody waited any more
    for (const token of ['tok_lost', 'tok_late']) {
      const unknown = await soldOffline({ kind: 'CARD', token })
      const seen = await ended(unknown.paymentId)
      expect(seen).toMatchObject({ state: 'CAPTURED', order: { paymentStatus: 'PAID' } })
      expect(seen?.tries, 'looked up by a later try').toBeGreaterThan(1)
      expect(await network(unknown.paymentId)).toEqual([{ state: 'CAPTURED', asked: 1, amount: 500 }])
    }
    expect(await balances()).toEqual({ CARD_CLEARING: '15.00', CASH_BOX: '5.00', SALES: '-20.00' })
    await proveBooks()
    expect((await notices()).nodes, 'one notice, until somebody has seen to it').toHaveLength(1)
    expect(sink.received).toHaveLength(1)
  },
  RUN_TIMEOUT_MS,
)
