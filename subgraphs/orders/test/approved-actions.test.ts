import { makeId } from '@tillgraph/kit/ids'
import type { Approval } from '@tillgraph/rules/offline/approval'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { cash, completeSale, saleOf } from './kit/sales.ts'
import { approve, createTills, deviceKey, type TestManager, type TestTill } from './offline/kit/tills.ts'

const HOUR_MS = 3_600_000

const tills = createTills()
let orders: OrdersUnderTest
let shop: TestShop
let till: TestTill
let manager: TestManager
let dear: string
beforeAll(async () => {
  orders = await startOrders({ identity: tills.answer })
  // gives back and up what comes to 50.00, and no more
  shop = await orders.shop('CASHIER')
  till = await tills.till(shop)
  manager = await tills.manager(shop)
  dear = await orders.product(shop, '60.00', 1_000)
})
afterAll(() => orders?.stop())

interface Outcome {
  readonly __typename: string
  readonly reason?: string
  readonly message?: string
  readonly order?: { readonly status: string }
}

const PARTS = '__typename ... on Problem { code message } ... on ApprovalRefused { reason }'

/** Hands an approval in for one of the two actions, about a new order unless one is given. */
interface Action {
  readonly name: 'refund' | 'void'
  begin(quantity?: string, productId?: string): Promise<string>
  run(orderId: string, approval: string | undefined, given?: Record<string, unknown>): Promise<Outcome>
  readonly done: string
}

const refund: Action = {
  name: 'refund',
  async begin(quantity = '3', productId = dear) {
    const lines = [{ productId, quantity }]
    const sale = saleOf(shop, productId, { lines, tenders: [cash('1001.00')] })
    expect((await completeSale(orders, shop, sale)).__typename).toBe('CompleteSaleSuccess')
    return sale.id
  },
  run: (orderId, approval, given = {}) =>
    orders.first<Outcome>(
      `mutation ($input: CreateReturnInput!) { createReturn(input: $input) { ${PARTS}
        ... on CreateReturnSuccess { order { status } } } }`,
      {
        input: {
          ...{ id: makeId(), orderId, lines: [{ lineId: '1', quantity: '1' }], reason: 'broken', restock: true },
          ...{ registerId: shop.registerId, approval, ...given },
        },
      },
      shop.token,
    ),
  done: 'PARTLY_REFUNDED',
}

const cancel: Action = {
  name: 'void',
  async begin(quantity = '1', productId = dear) {
    const input = { id: makeId(), storeId: shop.storeId, registerId: shop.registerId }
    const { __typename } = await orders.first<Outcome>(
      'mutation ($input: OpenOrderInput!) { openOrder(input: $input) { __typename } }',
      { input: { ...input, lines: [{ productId, quantity }] } },
      shop.token,
    )
    expect(__typename).toBe('OpenOrderSuccess')
    return input.id
  },
  run: (orderId, approval, given = {}) =>
    orders.first<Outcome>(
      `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { ${PARTS}
        ... on ChangeOrderSuccess { order { status } } } }`,
      { input: { id: orderId, reason: 'left', registerId: shop.registerId, approval, ...given } },
      shop.token,
    ),
  done: 'CANCELLED',
}

const approvalOf = (action: Action, orderId: string, given: Partial<Approval> = {}, by = manager) =>
  approve(by, till, orders.clock.now(), { action: action.name, bound: '60.00', orderId, ...given })

const entriesOf = async (orderId: string) => {
  const owner = await orders.person(shop, 'OWNER')
  const { approvals } = await orders.first<{ approvals: { refusal: string | null; manager: { id: string } | null }[] }>(
    'query ($id: ID!) { order(id: $id) { approvals { action refusal manager { id } by { id } register { id } } } }',
    { id: orderId },
    owner,
  )
  return approvals
}

for (const action of [refund, cancel]) {
  test(`a ${action.name} beyond a cashier's limit is done with a manager's approval, once, and is written down`, async () => {
    const orderId = await action.begin()
    expect((await action.run(orderId, undefined)).__typename).toBe('NotAllowed')
    const approval = await approvalOf(action, orderId)
    expect((await action.run(orderId, approval)).order?.status).toBe(action.done)
    expect(await entriesOf(orderId)).toEqual([
      {
        ...{ action: action.name.toUpperCase(), refusal: null, manager: { id: manager.managerId } },
        ...{ by: { id: shop.userId }, register: { id: shop.registerId } },
      },
    ])
    const again = await action.run(orderId, approval)
    if (action === refund) expect(again).toMatchObject({ __typename: 'ApprovalRefused', reason: 'USED' })
    // what is given up is not there to be given up again
    else expect(again.__typename).toBe('IllegalOrderStep')
  })

  test(`a ${action.name} is refused with an approval that is for something else, has run out or is forged, and each time says what to do`, async () => {
    const orderId = await action.begin()
    const other = action === refund ? cancel : refund
    const ago = (hours: number) => new Date(orders.clock.now().getTime() - hours * HOUR_MS).toISOString()
    const stranger: TestManager = { ...manager, key: await deviceKey() }
    const revoked = await tills.manager(shop)
    revoked.revokedAt = ago(-1)
    const cashier = await tills.manager(shop, ['CASHIER'])
    const good = await approvalOf(action, orderId)
    const dot = good.indexOf('.')
    const cases: [string, string][] = [
      ['FORGED', 'nothing.like.it'],
      ['FORGED', `${good.slice(0, dot + 20)}${good[dot + 20] === 'A' ? 'B' : 'A'}${good.slice(dot + 21)}`],
      ['FORGED', await approvalOf(action, orderId, {}, stranger)],
      ['MANAGER_LOST_RIGHT', await approvalOf(action, orderId, {}, revoked)],
      ['MANAGER_LOST_RIGHT', await approvalOf(action, orderId, {}, cashier)],
      ['WRONG_REGISTER', await approvalOf(action, orderId, { registerId: makeId() })],
      ['WRONG_REGISTER', await approvalOf(action, orderId, { storeId: makeId() })],
      ['WRONG_ACTION', await approvalOf(other, orderId)],
      ['WRONG_ORDER', await approvalOf(action, makeId())],
      ['BEYOND_BOUND', await approvalOf(action, orderId, { bound: '59.99' })],
      ['EXPIRED', await approvalOf(action, orderId, { issuedAt: ago(3), expiresAt: ago(2) })],
      ['NOT_YET', await approvalOf(action, orderId, { issuedAt: ago(-1), expiresAt: ago(-2) })],
    ]
    for (const [reason, approval] of cases) {
      const refused = await action.run(orderId, approval)
      expect(refused).toMatchObject({ __typename: 'ApprovalRefused', reason })
      expect(refused.message).toMatch(/[Aa]sk|use it there/)
    }
    expect((await entriesOf(orderId)).map(({ refusal }) => refusal).reverse()).toEqual(cases.map(([reason]) => reason))
    expect((await action.run(orderId, good)).order?.status, 'none of it has done anything').toBe(action.done)
  })

  test(`a ${action.name} without a till has no approval`, async () => {
    const orderId = await action.begin()
    const answer = await action.run(orderId, await approvalOf(action, orderId), { registerId: null })
    expect(answer).toMatchObject({ __typename: 'ApprovalRefused', reason: 'WRONG_REGISTER' })
  })

  test(`a ${action.name} that nobody must approve of uses no approval up`, async () => {
    const cheap = await orders.product(shop, '5.00', 10)
    const orderId = await action.begin('2', cheap)
    expect((await action.run(orderId, await approvalOf(action, orderId))).order?.status).toBe(action.done)
    expect(await entriesOf(orderId)).toEqual([])
  })
}

test('a manager approves of no more than they may give back themselves', async () => {
  const jewel = await orders.product(shop, '1000.01', 10)
  const orderId = await refund.begin('1', jewel)
  const bound = { bound: '2000.00' }
  expect(await refund.run(orderId, await approvalOf(refund, orderId, bound))).toMatchObject({
    reason: 'BEYOND_MANAGER',
  })
  const owner = await tills.manager(shop, ['OWNER'])
  const approval = await approvalOf(refund, orderId, bound, owner)
  expect((await refund.run(orderId, approval)).order?.status).toBe('REFUNDED')
})

test('one approval, handed in for many returns at once, is good for one of them', async () => {
  const orderId = await refund.begin('8')
  const approval = await approvalOf(refund, orderId)
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => refund.run(orderId, approval)))
  expect(outcomes.filter(({ __typename }) => __typename === 'CreateReturnSuccess')).toHaveLength(1)
  expect(outcomes.filter(({ reason }) => reason === 'USED')).toHaveLength(7)
  expect(orders.payments.refundedOf(orderId)).toBe(6_000)
})

test('the same return asked for again is the same, long after its approval has run out; with another approval it is another', async () => {
  const orderId = await refund.begin()
  const id = makeId()
  const approval = await approvalOf(refund, orderId)
  const first = await refund.run(orderId, approval, { id })
  expect(first.order?.status).toBe('PARTLY_REFUNDED')
  orders.clock.advance(24 * HOUR_MS)
  expect(await refund.run(orderId, approval, { id })).toEqual(first)
  const other = await approvalOf(refund, orderId)
  expect((await refund.run(orderId, other, { id })).__typename).toBe('AlreadyUsedDifferently')
  expect(orders.payments.refundedOf(orderId)).toBe(6_000)
})

test('a return that was cut short goes on with the approval it was begun with; one whose refund was declined is tried again with it', async () => {
  const orderId = await refund.begin()
  const id = makeId()
  const approval = await approvalOf(refund, orderId)
  orders.breakAt({ call: 'refundPayments', when: 'after' })
  expect((await refund.run(orderId, approval, { id })).__typename).toBe('StillInProgress')
  orders.breakAt(undefined)
  await orders.recover()
  expect((await refund.run(orderId, approval, { id })).order?.status).toBe('PARTLY_REFUNDED')
  const declined = await approvalOf(refund, orderId)
  const next = { id: makeId() }
  expect((await refund.run(orderId, declined, { ...next, reason: 'decline' })).__typename).toBe('RefundRefused')
  expect((await refund.run(orderId, declined)).reason, 'it belongs to that return').toBe('USED')
  expect((await refund.run(orderId, declined, next)).__typename).toBe('CreateReturnSuccess')
  expect(orders.payments.refundedOf(orderId)).toBe(12_000)
})

test("the trail of approvals is not a cashier's to read", async () => {
  const orderId = await refund.begin()
  const answer = await orders.ask(
    'query ($id: ID!) { order(id: $id) { id approvals { id } } }',
    { id: orderId },
    shop.token,
  )
  expect(answer.errors?.length ?? 0).toBe(1)
  expect(answer.data?.order).toEqual({ id: orderId, approvals: null })
})
