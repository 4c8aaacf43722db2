import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, signUp, type TestBusiness } from '../support/ask.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { audit, auditAtRest } from './audit.ts'
import { COMPLETE_SALE, saleInput, stocked } from './shop.ts'

const START_TIMEOUT_MS = 90_000
const AT_REST_TIMEOUT_MS = 30_000

let graph: TestGraph
let business: TestBusiness
let superuser: pg.Client

beforeAll(async () => {
  graph = await startTestGraph('one box')
  business = await signUp(graph.url, 'Audited')
  const productId = await stocked(graph.url, business, 'A', 10)
  const sold = saleInput(business.storeId, [[productId, 2]], [{ kind: 'CARD', minor: 500, token: 'tok_visa' }])
  const answer = await ask(graph.url, COMPLETE_SALE, { input: sold }, { token: business.token })
  expect(answer.data?.completeSale).toMatchObject({ __typename: 'CompleteSaleSuccess' })
  expect(await auditAtRest(graph.database.url, AT_REST_TIMEOUT_MS)).toEqual([])
  // nothing moves any more while it is spoiled and mended
  await graph.box?.stop()
  superuser = new pg.Client({ connectionString: graph.database.url })
  await superuser.connect()
  // foreign keys and the like would refuse what a bug could do in two steps
  await superuser.query("set session_replication_role = 'replica'")
}, START_TIMEOUT_MS)

afterAll(async () => {
  await superuser?.end()
  await graph?.stop()
})

const MISSING = randomUUID()

const PLANTED: readonly (readonly [promise: string, spoil: string, mend: string])[] = [
  [
    'a balance is the sum of its entries',
    "update payments.account set balance = balance + 1 where kind = 'SALES'",
    "update payments.account set balance = balance - 1 where kind = 'SALES'",
  ],
  [
    'each currency sums to zero',
    "update payments.account set balance = balance + 1 where kind = 'SALES'",
    "update payments.account set balance = balance - 1 where kind = 'SALES'",
  ],
  [
    'no payment is booked twice',
    `create temp table doubled as select * from payments.transfer where kind = 'CAPTURE';
     update doubled set id = '${MISSING}'; insert into payments.transfer select * from doubled; drop table doubled`,
    `delete from payments.transfer where id = '${MISSING}'`,
  ],
  [
    'what is given back is what its refunds say',
    'update payments.payment set refunded = refunded + 1',
    'update payments.payment set refunded = refunded - 1',
  ],
  [
    'movements rebuild the levels',
    'update inventory.stock set on_hand = on_hand + 1',
    'update inventory.stock set on_hand = on_hand - 1',
  ],
  [
    'the line of versions has no gap',
    'update inventory.stock_ledger set version = version + 1',
    'update inventory.stock_ledger set version = version - 1',
  ],
  [
    'numbers of a store have no gap',
    'update orders.customer_order set number = number + 1',
    'update orders.customer_order set number = number - 1',
  ],
  [
    'every order is paid in full',
    'update orders.customer_order set net = net + 1, total = total + 1',
    'update orders.customer_order set net = net - 1, total = total - 1',
  ],
  [
    'money is kept for sold orders only',
    `update orders.customer_order set id = '${MISSING}', stock_id = id`,
    'update orders.customer_order set id = stock_id, stock_id = null',
  ],
  [
    'goods went for sold orders only',
    `update orders.customer_order set stock_id = '${MISSING}'`,
    'update orders.customer_order set stock_id = null',
  ],
  [
    'what was sold left the shelf',
    "update inventory.reservation set state = 'UNSOLD'",
    "update inventory.reservation set state = 'COMMITTED'",
  ],
  [
    'goods sold are goods moved',
    "update inventory.movement set quantity = quantity - 1 where kind = 'SALE'",
    "update inventory.movement set quantity = quantity + 1 where kind = 'SALE'",
  ],
  [
    'goods returned are goods moved',
    "update inventory.movement set kind = 'RETURN' where kind = 'OPENING'",
    "update inventory.movement set kind = 'OPENING' where kind = 'RETURN'",
  ],
  [
    'refunds of an order are what its returns gave back',
    'update orders.customer_order set refunded = 1',
    'update orders.customer_order set refunded = 0',
  ],
  [
    'the network charged what we hold, once',
    'update payments.sandbox_charge set amount = amount + 1',
    'update payments.sandbox_charge set amount = amount - 1',
  ],
  [
    'every event was sent',
    `insert into orders.outbox (tenant_id, id, name, aggregate_id, payload)
     values ('${MISSING}', '${MISSING}', 'orders.order.completed.v1', '${MISSING}', '{}')`,
    `delete from orders.outbox where id = '${MISSING}'`,
  ],
]

test.each(PLANTED)('the audit sees where it is not so: %s', async (promise, spoil, mend) => {
  await superuser.query(spoil)
  const faults = await audit(graph.database.url, 'at rest')
  expect(faults.map(fault => fault.promise)).toContain(promise)
  await superuser.query(mend)
  expect(await audit(graph.database.url, 'at rest')).toEqual([])
})
