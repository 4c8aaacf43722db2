import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { expectBooksToBalance } from './kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { mutate, type Outcome, sell, stocked, stockOf } from './kit/operations.ts'

let inventory: InventoryUnderTest
let shop: TestShop
let supplierId: string

beforeAll(async () => {
  inventory = await startInventory()
  shop = await inventory.shop()
  supplierId = await newSupplier('Bakery')
})

afterAll(() => inventory?.stop())

const SUPPLIER = 'supplier { id name email version archivedAt }'

async function newSupplier(name: string): Promise<string> {
  const success = `... on CreateSupplierSuccess { ${SUPPLIER} }`
  const answer = await mutate<{ supplier: { id: string } }>(inventory, shop, 'createSupplier', { name }, success)
  return answer.supplier.id
}

interface LineGiven {
  readonly productId: string
  readonly quantity: string
  readonly cost: string
}

const ORDER = `purchaseOrder { id number state version total { amount }
  lines { productId ordered received open } receipts { id lines { productId quantity unitCost { amount } } } }`

interface OrderSeen extends Outcome {
  readonly purchaseOrder: {
    id: string
    number: number
    state: string
    version: number
    total: { amount: string }
    lines: { open: string }[]
    receipts: { lines: unknown[] }[]
  }
}

const costs = (lines: readonly LineGiven[]) =>
  lines.map(({ productId, quantity, cost }) => ({
    productId,
    quantity,
    unitCost: { amount: cost, currency: 'EUR' },
  }))

const order = (lines: readonly LineGiven[], more = {}) =>
  mutate<OrderSeen>(
    inventory,
    shop,
    'createPurchaseOrder',
    { storeId: shop.storeId, supplierId, lines: costs(lines), ...more },
    `... on CreatePurchaseOrderSuccess { ${ORDER} }`,
  )

const step = (name: 'sendPurchaseOrder' | 'closePurchaseOrder' | 'cancelPurchaseOrder', id: string, version?: number) =>
  mutate<OrderSeen & { state?: string }>(
    inventory,
    shop,
    name,
    { id, version },
    `... on StepPurchaseOrderSuccess { ${ORDER} } ... on IllegalPurchaseOrderStep { state }`,
  )

const receive = (purchaseOrderId: string, lines: readonly unknown[], id = makeId()) =>
  mutate<OrderSeen & { open?: string }>(
    inventory,
    shop,
    'receivePurchaseOrder',
    { id, purchaseOrderId, lines },
    `... on ReceivePurchaseOrderSuccess { ${ORDER} } ... on MoreThanOrdered { open }`,
  )

async function averageCost(productId: string): Promise<string | undefined> {
  const query = `query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) {
    averageCost { amount } } }`
  const found = await inventory.first<{ averageCost: { amount: string } | null }>(
    query,
    { storeId: shop.storeId, productId },
    shop.owner,
  )
  return found.averageCost?.amount
}

test('who looks at a stock sees what comes of it next, until it has come or comes no more', async () => {
  const flour = makeId()
  const seen = () =>
    inventory.first<{ nextDelivery: unknown }>(
      `query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) {
        nextDelivery { eta quantity purchaseOrderId } } }`,
      { storeId: shop.storeId, productId: flour },
      shop.owner,
    )
  const next = async () => (await seen()).nextDelivery
  const ordered = async (quantity: string, expectedOn?: string) =>
    (await order([{ productId: flour, quantity, cost: '1' }], { expectedOn })).purchaseOrder.id
  const late = await ordered('5', '2026-12-24')
  const soon = await ordered('10', '2026-12-01')
  const someday = await ordered('7')
  expect(await next()).toBeNull()
  for (const id of [late, someday]) await step('sendPurchaseOrder', id)
  expect(await next()).toEqual({ eta: '2026-12-24', quantity: '5', purchaseOrderId: late })
  await step('sendPurchaseOrder', soon)
  await receive(soon, [{ productId: flour, quantity: '4' }])
  expect(await next()).toEqual({ eta: '2026-12-01', quantity: '6', purchaseOrderId: soon })
  await receive(soon, [{ productId: flour, quantity: '6' }])
  expect(await next()).toEqual({ eta: '2026-12-24', quantity: '5', purchaseOrderId: late })
  await step('cancelPurchaseOrder', late)
  expect(await next()).toBeNull()
})

describe('a purchase order', () => {
  test('is numbered, sent, received in part and then whole', async () => {
    const [flour, salt] = [makeId(), makeId()]
    const created = await order([
      { productId: flour, quantity: '10', cost: '1.25' },
      { productId: salt, quantity: '0.5', cost: '3' },
    ])
    const { id, number } = created.purchaseOrder
    expect(created.purchaseOrder).toMatchObject({ state: 'DRAFT', total: { amount: '14.00' } })
    expect((await order([{ productId: flour, quantity: '1', cost: '1' }])).purchaseOrder.number).toBe(number + 1)
    const some = [{ productId: flour, quantity: '4' }]
    expect(await receive(id, some)).toMatchObject({ __typename: 'IllegalPurchaseOrderStep' })
    expect((await step('sendPurchaseOrder', id, 1)).purchaseOrder).toMatchObject({ state: 'SENT', version: 2 })

    const receiptId = makeId()
    const first = await receive(id, some, receiptId)
    expect(first.purchaseOrder).toMatchObject({ state: 'PARTLY_RECEIVED', lines: [{ open: '6' }, { open: '0.5' }] })
    expect(await receive(id, some, receiptId)).toEqual(first)
    expect((await stockOf(inventory, shop, flour)).level).toBe('4')
    expect(await receive(id, [{ productId: flour, quantity: '6.001' }])).toMatchObject({
      __typename: 'MoreThanOrdered',
      open: '6',
    })
    expect(await receive(id, [{ productId: makeId(), quantity: '1' }])).toMatchObject({ field: 'lines.0.productId' })
    expect(await step('cancelPurchaseOrder', id)).toMatchObject({
      __typename: 'IllegalPurchaseOrderStep',
      state: 'PARTLY_RECEIVED',
    })

    const rest = [
      { productId: flour, quantity: '6', unitCost: { amount: '1.5', currency: 'EUR' } },
      { productId: salt, quantity: '0.5' },
    ]
    const whole = await receive(id, rest)
    expect(whole.purchaseOrder.state).toBe('RECEIVED')
    expect(whole.purchaseOrder.receipts).toHaveLength(2)
    expect((await stockOf(inventory, shop, salt)).level).toBe('0.5')
    // (4 × 1.25 + 6 × 1.5) ÷ 10
    expect(await averageCost(flour)).toBe('1.40')
    expect(await step('closePurchaseOrder', id)).toMatchObject({ __typename: 'IllegalPurchaseOrderStep' })
  })

  test('ends by being closed or cancelled, and takes nothing more', async () => {
    const line = { productId: makeId(), quantity: '3', cost: '1' }
    const { id } = (await order([line])).purchaseOrder
    await step('sendPurchaseOrder', id)
    await receive(id, [{ productId: line.productId, quantity: '1' }])
    expect(await step('closePurchaseOrder', id, 1)).toMatchObject({ __typename: 'ChangedMeanwhile' })
    expect((await step('closePurchaseOrder', id)).purchaseOrder.state).toBe('CLOSED')
    expect(await receive(id, [{ productId: line.productId, quantity: '1' }])).toMatchObject({
      __typename: 'IllegalPurchaseOrderStep',
    })
    const other = (await order([line])).purchaseOrder
    expect((await step('cancelPurchaseOrder', other.id)).purchaseOrder.state).toBe('CANCELLED')
    expect((await step('cancelPurchaseOrder', other.id)).purchaseOrder.state).toBe('CANCELLED')
  })

  test('created 20 times at once gets 20 numbers, and one order for one id', async () => {
    const line = { productId: makeId(), quantity: '3', cost: '1' }
    const numbers = (await Promise.all(Array.from({ length: 20 }, () => order([line])))).map(
      ({ purchaseOrder }) => purchaseOrder.number,
    )
    expect(new Set(numbers).size).toBe(20)
    const id = makeId()
    const same = await Promise.all(Array.from({ length: 10 }, () => order([line], { id })))
    expect(new Set(same.flatMap(({ purchaseOrder }) => purchaseOrder?.number ?? [])).size).toBe(1)
    const [row] = await inventory.look('select count(*) as orders from inventory.purchase_order where id = $1', [id])
    expect(row).toEqual({ orders: '1' })
  })

  test('of another business, or with a supplier of one, is not found', async () => {
    const { id } = (await order([{ productId: makeId(), quantity: '3', cost: '1' }])).purchaseOrder
    const stranger = await inventory.shop()
    const theirs = await mutate(inventory, stranger, 'sendPurchaseOrder', { id })
    expect(theirs).toEqual(await mutate(inventory, stranger, 'sendPurchaseOrder', { id: makeId() }))
    const lines = costs([{ productId: makeId(), quantity: '1', cost: '1' }])
    const withOurs = (supplier: string) =>
      mutate(inventory, stranger, 'createPurchaseOrder', { storeId: stranger.storeId, supplierId: supplier, lines })
    expect(await withOurs(supplierId)).toEqual(await withOurs(makeId()))
    const query = 'query ($id: ID!) { purchaseOrder(id: $id) { id } }'
    expect(await inventory.first(query, { id }, stranger.owner)).toBeNull()
  })
})

describe('the average cost', () => {
  test('is worked out exactly and rounded half up, receipt after receipt', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`seed ${seed}`)
    const random = new Random(seed)
    const productId = await stocked(inventory, shop, '1', '0.001')
    let level = 1_000n
    let average = 100n
    for (let time = 0; time < 25; time++) {
      const quantity = BigInt(random.between(1, 99_999))
      const cost = BigInt(random.below(9_999_999))
      const { id } = (await order([{ productId, quantity: thousandths(quantity), cost: fine(cost) }])).purchaseOrder
      await step('sendPurchaseOrder', id)
      await receive(id, [{ productId, quantity: thousandths(quantity) }])
      const sum = level * average + quantity * cost
      const count = level + quantity
      average = (2n * sum + count) / (2n * count)
      level = count
      expect(Number(await averageCost(productId)), `receipt ${time}`).toBe(Number(fine(average)))
      const sold = BigInt(random.below(Number(level)))
      if (sold > 0n) await sell(inventory, shop, { lines: [{ productId, quantity: thousandths(sold) }] })
      level -= sold
    }
  })

  test('begins with the first cost that is known', async () => {
    const productId = await stocked(inventory, shop, '5')
    expect(await averageCost(productId)).toBeUndefined()
    const { id } = (await order([{ productId, quantity: '1', cost: '2.50' }])).purchaseOrder
    await step('sendPurchaseOrder', id)
    await receive(id, [{ productId, quantity: '1' }])
    expect(await averageCost(productId)).toBe('2.50')
  })
})

/** Thousandths as text. */
const thousandths = (value: bigint) => `${value / 1000n}.${(value % 1000n).toString().padStart(3, '0')}`
/** Thousandths of a cent as text. */
const fine = (value: bigint) => `${value / 100_000n}.${(value % 100_000n).toString().padStart(5, '0')}`

describe('a supplier', () => {
  test('has a name that no other in use has, however it is capitalised', async () => {
    await newSupplier('Dairy & Sons')
    const taken = await mutate(inventory, shop, 'createSupplier', { name: 'DAIRY & sons' })
    expect(taken).toMatchObject({ __typename: 'SupplierNameTaken' })
    const many = await Promise.all(
      Array.from({ length: 10 }, () => mutate(inventory, shop, 'createSupplier', { name: 'Greengrocer' })),
    )
    expect(many.filter(({ __typename }) => __typename === 'CreateSupplierSuccess')).toHaveLength(1)
    expect(many.filter(({ __typename }) => __typename === 'SupplierNameTaken')).toHaveLength(9)
  })

  test('is changed by whoever has read its last version', async () => {
    const id = await newSupplier('Butcher')
    const change = (input: Record<string, unknown>) =>
      mutate(inventory, shop, 'updateSupplier', { id, ...input }, `... on UpdateSupplierSuccess { ${SUPPLIER} }`)
    expect(await change({ version: 1, email: 'hello@butcher.example' })).toMatchObject({
      supplier: { name: 'Butcher', email: 'hello@butcher.example', version: 2 },
    })
    expect(await change({ version: 1, email: null })).toMatchObject({ __typename: 'ChangedMeanwhile' })
    expect(await change({ email: null })).toMatchObject({ supplier: { email: null, version: 3 } })
    expect(await change({ email: 'nobody' })).toMatchObject({ __typename: 'InvalidInput', field: 'email' })
    expect(await change({ name: '' })).toMatchObject({ field: 'name' })
  })

  test('is archived and put back; out of use nothing is ordered from it', async () => {
    const id = await newSupplier('Fishmonger')
    await mutate(inventory, shop, 'archiveSupplier', { id })
    const input = {
      storeId: shop.storeId,
      supplierId: id,
      lines: costs([{ productId: makeId(), quantity: '1', cost: '1' }]),
    }
    expect(await mutate(inventory, shop, 'createPurchaseOrder', input)).toMatchObject({
      __typename: 'SupplierArchived',
    })
    const names = async (filter: unknown) =>
      (
        await inventory.first<{ nodes: { name: string }[] }>(
          'query ($filter: SupplierFilter) { suppliers(filter: $filter, first: 100) { nodes { name } } }',
          { filter },
          shop.owner,
        )
      ).nodes.map(({ name }) => name)
    expect(await names({ archived: true })).toEqual(['Fishmonger'])
    expect(await names({ nameBeginsWith: 'fish' })).toEqual([])
    const other = await newSupplier('Fishmonger')
    expect(await mutate(inventory, shop, 'unarchiveSupplier', { id })).toMatchObject({
      __typename: 'SupplierNameTaken',
    })
    await mutate(inventory, shop, 'archiveSupplier', { id: other })
    await mutate(inventory, shop, 'unarchiveSupplier', { id })
    expect(await names({ nameBeginsWith: 'FISH' })).toEqual(['Fishmonger'])
  })
})

test('after all of this the books balance', () => expectBooksToBalance(inventory))
