import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../../../../tests/support/random.ts'
import { type OrdersUnderTest, startOrders } from '../kit/orders.ts'
import { type Answer, giveNumbers, handIn } from './kit/hand-in.ts'
import { createTills, GENEROUS, log, nextRecord } from './kit/tills.ts'

const CONNECTIONS = 8
const TIMES = 3
const RECORDS = 40

const tills = createTills()
let orders: OrdersUnderTest
beforeAll(async () => {
  orders = await startOrders({ processes: 2, identity: tills.answer })
})
afterAll(() => orders?.stop())

test(`one batch from ${CONNECTIONS} connections at once, ${TIMES} times each and shuffled: one effect each`, async () => {
  const shop = await orders.shop()
  const till = await tills.till(shop)
  tills.setPolicy(shop, { ...GENEROUS, perSaleMax: '50.00' })
  await giveNumbers(orders, shop, till)
  const productId = makeId()
  const at = new Date(orders.clock.now().getTime() - 3_600_000)
  const lines: string[] = []
  for (let made = 1; made <= RECORDS; made++)
    lines.push(await log(till, nextRecord(till, at, { productId, price: made % 10 === 0 ? '60.00' : '5.00' })))

  const seed = Date.now() % 100_000
  console.log(`seed ${seed}`)
  const random = new Random(seed)
  const verdicts = new Map<string, Set<string>>()
  const outcomes: Answer['outcome'][] = []
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, process) => {
      for (let time = 0; time < TIMES; time++) {
        for (const { hash, outcome, verdict, code } of await handIn(orders, till, random.shuffled(lines), {
          process,
        })) {
          outcomes.push(outcome)
          verdicts.set(hash, (verdicts.get(hash) ?? new Set()).add(`${verdict} ${code}`))
        }
      }
    }),
  )
  // whoever asked, and however often: one answer for each record, and one of all the answers is the first
  expect([...verdicts.values()].every(answers => answers.size === 1)).toBe(true)
  expect(outcomes.filter(outcome => outcome === 'ACCEPTED')).toHaveLength(36)
  expect(outcomes.filter(outcome => outcome === 'REFUSED')).toHaveLength(4)
  expect(outcomes.filter(outcome => outcome === 'KNOWN')).toHaveLength(RECORDS * CONNECTIONS * TIMES - RECORDS)
  const [counted] = await orders.look(
    `select (select count(*)::int from orders.customer_order where register_id = $1) as orders,
      (select count(distinct number)::int from orders.customer_order where register_id = $1) as numbers,
      (select count(*)::int from orders.outbox where payload ->> 'registerId' = $1::text) as events,
      (select used::int from orders.number_block where register_id = $1) as used,
      (select count(*)::int from orders.offline_alarm where register_id = $1 and closed_at is null) as alarms`,
    [till.registerId],
  )
  expect(counted).toEqual({ orders: 36, numbers: 36, events: 72, used: 36, alarms: 0 })
})
