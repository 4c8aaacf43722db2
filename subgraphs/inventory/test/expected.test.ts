import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { mutate, stocked } from './kit/operations.ts'

const PROCESSES = 2

let inventory: InventoryUnderTest
let shop: TestShop
let supplierId: string

beforeAll(async () => {
  inventory = await startInventory({ processes: PROCESSES })
  await Promise.all(inventory.processes.map(process => process.start()))
}, 60_000)

beforeEach(async () => {
  shop = await inventory.shop()
  const success = '... on CreateSupplierSuccess { supplier { id } }'
  const made = await mutate<{ supplier: { id: string } }>(inventory, shop, 'createSupplier', { name: 'Mill' }, success)
  supplierId = made.supplier.id
})

afterAll(() => inventory?.stop())

interface Seen {
  readonly productId: string
  readonly level: string
  readonly version: number
  readonly nextDelivery: { readonly eta: string; readonly quantity: string } | null
  readonly lastMovement: { readonly kind: string } | null
}

const CHANGED = `subscription ($storeId: ID!, $after: Int) { stockChanged(storeId: $storeId, after: $after) {
  productId level version nextDelivery { eta quantity } lastMovement { kind } } }`

/** Follows the store, each change as it comes. */
function follow(after?: number, process = 0): AsyncIterator<Seen> {
  const answers = (inventory.processes[process] ?? inventory.subgraph).subscribe({
    query: CHANGED,
    variables: { storeId: shop.storeId, after },
    headers: { authorization: `Bearer ${shop.owner.token}` },
  })
  return (async function* () {
    for await (const { data, errors } of answers) {
      if (errors) throw new Error(JSON.stringify(errors))
      yield data?.stockChanged as Seen
    }
  })()
}

async function order(lines: Readonly<Record<string, string>>, expectedOn?: string): Promise<string> {
  const id = makeId()
  const costs = { amount: '1', currency: 'EUR' }
  const input = {
    id,
    storeId: shop.storeId,
    supplierId,
    lines: Object.entries(lines).map(([productId, quantity]) => ({ productId, quantity, unitCost: costs })),
    expectedOn,
  }
  expect((await mutate(inventory, shop, 'createPurchaseOrder', input)).__typename).toBe('CreatePurchaseOrderSuccess')
  return id
}

type Step = 'sendPurchaseOrder' | 'closePurchaseOrder' | 'cancelPurchaseOrder'

async function step(name: Step, id: string) {
  expect((await mutate(inventory, shop, name, { id })).__typename).toBe('StepPurchaseOrderSuccess')
}

const schedule = (id: string, expectedOn: string | null, version?: number) =>
  mutate<{ __typename: string; state?: string }>(
    inventory,
    shop,
    'schedulePurchaseOrder',
    { id, expectedOn, version },
    '... on IllegalPurchaseOrderStep { state }',
  )

async function receive(purchaseOrderId: string, productId: string, quantity: string) {
  const input = { purchaseOrderId, lines: [{ productId, quantity }] }
  const answer = await mutate(inventory, shop, 'receivePurchaseOrder', input)
  expect(answer.__typename).toBe('ReceivePurchaseOrderSuccess')
}

describe('who follows the stock of a store', () => {
  test('hears what is to come next of it as that changes, in order, and again from a version on', async () => {
    const flour = await stocked(inventory, shop, '5')
    const salt = await stocked(inventory, shop, '5')
    const stocks = follow()
    const heard: Seen[] = []
    const next = async () => {
      const seen = (await stocks.next()).value as Seen
      heard.push(seen)
      return [seen.productId, seen.lastMovement?.kind, seen.nextDelivery && Object.values(seen.nextDelivery).join(' ')]
    }
    expect(await next()).toEqual([flour, 'OPENING', null])
    expect(await next()).toEqual([salt, 'OPENING', null])

    // a draft is nothing that comes
    const late = await order({ [flour]: '10', [salt]: '1' }, '2026-12-24')
    await step('sendPurchaseOrder', late)
    expect(await next()).toEqual([flour, 'EXPECTED', '2026-12-24 10'])
    expect(await next()).toEqual([salt, 'EXPECTED', '2026-12-24 1'])
    await schedule(late, '2026-12-20')
    expect(await next()).toEqual([flour, 'EXPECTED', '2026-12-20 10'])
    expect(await next()).toEqual([salt, 'EXPECTED', '2026-12-20 1'])

    // what comes sooner is told, and what comes later is not
    const soon = await order({ [flour]: '4' }, '2026-12-01')
    await step('sendPurchaseOrder', soon)
    expect(await next()).toEqual([flour, 'EXPECTED', '2026-12-01 4'])
    const later = await order({ [flour]: '7' }, '2026-12-31')
    await step('sendPurchaseOrder', later)
    await schedule(later, null)

    await receive(soon, flour, '1')
    expect(await next()).toEqual([flour, 'RECEIPT', '2026-12-01 3'])
    await step('closePurchaseOrder', soon)
    expect(await next()).toEqual([flour, 'EXPECTED', '2026-12-20 10'])
    await step('cancelPurchaseOrder', late)
    expect(await next()).toEqual([flour, 'EXPECTED', null])
    expect(await next()).toEqual([salt, 'EXPECTED', null])
    await stocks.return?.()

    const versions = heard.map(({ version }) => version)
    expect(versions).toEqual(versions.map((_, index) => (versions[0] ?? 0) + index))
    const levels = heard.filter(({ productId }) => productId === flour).map(({ level }) => level)
    expect(levels).toEqual(['5', '5', '5', '5', '6', '6', '6'])
    const again = follow(versions[1], 1)
    for (const { productId, version, lastMovement } of heard.slice(2))
      expect((await again.next()).value).toMatchObject({ productId, version, lastMovement })
    await again.return?.()
    await expectBooksToBalance(inventory)
  })

  test('ends with what is true when orders change at the same moment', async () => {
    const flour = makeId()
    const days = Array.from({ length: 12 }, (_, day) => `2026-12-${String(day + 10)}`)
    const orders = await Promise.all(days.map(day => order({ [flour]: '1' }, day)))
    await Promise.all(orders.map(id => step('sendPurchaseOrder', id)))
    const stocks = follow()
    expect((await stocks.next()).value).toMatchObject({ level: '0', nextDelivery: { eta: days[0] } })
    await Promise.all(orders.map(id => step('cancelPurchaseOrder', id)))
    let last: Seen | undefined
    do last = (await stocks.next()).value
    while (last?.nextDelivery)
    expect(last).toMatchObject({ productId: flour, nextDelivery: null })
    await stocks.return?.()
    await expectBooksToBalance(inventory)
  })

  test('and the first stock of a product can still be set when only its delivery was told', async () => {
    const flour = makeId()
    await step('sendPurchaseOrder', await order({ [flour]: '3' }, '2026-12-24'))
    const input = { storeId: shop.storeId, productId: flour, quantity: '9' }
    expect((await mutate(inventory, shop, 'setOpeningStock', input)).__typename).toBe('SetOpeningStockSuccess')
  })
})

test('an order that has ended is not put off, nor one that somebody else has changed', async () => {
  const id = await order({ [makeId()]: '1' }, '2026-12-24')
  expect((await schedule(id, '2026-12-25', 7)).__typename).toBe('ChangedMeanwhile')
  expect((await schedule(id, '2026-12-25', 1)).__typename).toBe('StepPurchaseOrderSuccess')
  // said again it is as it was said
  expect((await schedule(id, '2026-12-25', 1)).__typename).toBe('StepPurchaseOrderSuccess')
  await step('cancelPurchaseOrder', id)
  expect(await schedule(id, '2026-12-26')).toMatchObject({ __typename: 'IllegalPurchaseOrderStep', state: 'CANCELLED' })
  expect((await schedule(makeId(), '2026-12-26')).__typename).toBe('NotFound')
})
