import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { mutate, type Outcome, reserve, sell, stocked, stockOf } from './kit/operations.ts'

let inventory: InventoryUnderTest
let shop: TestShop

beforeAll(async () => {
  inventory = await startInventory()
  shop = await inventory.shop()
})

afterAll(() => inventory?.stop())

const at = (productId: string) => ({ storeId: shop.storeId, productId })

describe('opening stock', () => {
  test('is set once, and the same again answers the same', async () => {
    const input = { id: makeId(), ...at(makeId()), quantity: '12.5', unitCost: { amount: '1.2345', currency: 'EUR' } }
    const success = '... on SetOpeningStockSuccess { stock { level version averageCost { amount currency } } }'
    const first = await mutate(inventory, shop, 'setOpeningStock', input, success)
    expect(first).toMatchObject({ stock: { level: '12.5', averageCost: { amount: '1.2345', currency: 'EUR' } } })
    await mutate(inventory, shop, 'adjustStock', { ...at(input.productId), quantity: '-1', reason: 'DAMAGED' })
    expect(await mutate(inventory, shop, 'setOpeningStock', input, success)).toEqual(first)
    expect(await mutate(inventory, shop, 'setOpeningStock', { ...input, quantity: '13' })).toMatchObject({
      __typename: 'AlreadyUsedDifferently',
    })
    expect(await mutate(inventory, shop, 'setOpeningStock', { ...input, id: makeId() })).toMatchObject({
      __typename: 'StockHasMoved',
    })
  })

  test.each([
    ['a store that is not there', () => ({ storeId: makeId() }), { __typename: 'NotFound' }],
    ['a negative quantity', () => ({ quantity: '-1' }), { field: 'quantity' }],
    ['too many decimals', () => ({ quantity: '0.0001' }), { field: 'quantity' }],
    ['a foreign currency', () => ({ unitCost: { amount: '1', currency: 'USD' } }), { field: 'unitCost.currency' }],
    ['a cost below zero', () => ({ unitCost: { amount: '-1', currency: 'EUR' } }), { field: 'unitCost.amount' }],
    ['an id that is none', () => ({ id: 'MINE' }), { field: 'id' }],
  ])('is refused for %s', async (_, fault, problem) => {
    const input = { ...at(makeId()), quantity: '1', ...fault() }
    expect(await mutate(inventory, shop, 'setOpeningStock', input)).toMatchObject(problem)
  })
})

describe('an adjustment', () => {
  const success = `... on AdjustStockSuccess { stock { level }
    movement { kind quantity reason note level by { id } referenceId } }`

  test('has a reason, who did it, and what it left', async () => {
    const productId = await stocked(inventory, shop, '10')
    const input = { id: makeId(), ...at(productId), quantity: '-2.25', reason: 'STOLEN', note: 'again' }
    const answer = await mutate(inventory, shop, 'adjustStock', input, success)
    expect(answer).toMatchObject({
      stock: { level: '7.75' },
      movement: {
        kind: 'ADJUSTMENT',
        quantity: '-2.25',
        reason: 'STOLEN',
        note: 'again',
        level: '7.75',
        by: { id: shop.userId },
        referenceId: input.id,
      },
    })
    const copies = await Promise.all(
      Array.from({ length: 20 }, () => mutate<Outcome>(inventory, shop, 'adjustStock', input, success)),
    )
    for (const copy of copies)
      expect([answer, expect.objectContaining({ __typename: 'StillInProgress' })]).toContainEqual(copy)
    expect((await stockOf(inventory, shop, productId)).level).toBe('7.75')
  })

  test('happens once under an Idempotency-Key, and never takes what is kept back', async () => {
    const productId = await stocked(inventory, shop, '10')
    await reserve(inventory, shop, { lines: [{ productId, quantity: '8' }] })
    const input = { ...at(productId), quantity: '-2', reason: 'EXPIRED' }
    for (let time = 0; time < 3; time++)
      await mutate(inventory, shop, 'adjustStock', input, '', { 'idempotency-key': `same-${productId}` })
    expect(await stockOf(inventory, shop, productId)).toMatchObject({ level: '8', available: '0' })
    expect(await mutate(inventory, shop, 'adjustStock', input)).toMatchObject({ __typename: 'OutOfStock' })
  })

  test('OTHER needs a note, and no note may hold a card number', async () => {
    const productId = await stocked(inventory, shop, '10')
    const input = { ...at(productId), quantity: '1', reason: 'OTHER' }
    expect(await mutate(inventory, shop, 'adjustStock', input)).toMatchObject({ field: 'note' })
    expect(
      await mutate(inventory, shop, 'adjustStock', { ...input, note: 'paid with 4111 1111 1111 1111' }),
    ).toMatchObject({ field: 'note' })
    expect(await mutate(inventory, shop, 'adjustStock', { ...input, quantity: '0' })).toMatchObject({
      field: 'quantity',
    })
  })
})

describe('a low stock', () => {
  const lowIds = async () => {
    const query = 'query ($id: ID!) { lowStock(storeId: $id) { nodes { productId } } }'
    const { nodes } = await inventory.first<{ nodes: { productId: string }[] }>(query, { id: shop.storeId }, shop.owner)
    return nodes.map(({ productId }) => productId)
  }

  test('is listed from its threshold down, until it has recovered', async () => {
    const productId = await stocked(inventory, shop, '10')
    const set = (threshold: string | null) =>
      mutate(inventory, shop, 'setLowStockThreshold', { ...at(productId), threshold })
    await set('4')
    expect(await lowIds()).not.toContain(productId)
    await sell(inventory, shop, { lines: [{ productId, quantity: '6' }] })
    expect(await lowIds()).toContain(productId)
    const events = await inventory.look<{ payload: { products: unknown[] } }>(
      "select payload from inventory.outbox where name = 'inventory.stock.low.v1' and payload::text like '%' || $1 || '%'",
      [productId],
    )
    expect(events).toHaveLength(1)
    expect(events[0]?.payload.products).toMatchObject([{ productId, available: '4000', threshold: '4000' }])
    await mutate(inventory, shop, 'adjustStock', { ...at(productId), quantity: '0.001', reason: 'FOUND' })
    expect(await lowIds()).not.toContain(productId)
    await set('5')
    expect(await lowIds()).toContain(productId)
    await set(null)
    expect(await lowIds()).not.toContain(productId)
  })

  test('is told to partners without the count', async () => {
    const productId = await stocked(inventory, shop, '10')
    await mutate(inventory, shop, 'setLowStockThreshold', { ...at(productId), threshold: '4' })
    const partner = await inventory.partner(shop.tenantId, 'availability:read')
    const representations = [{ __typename: 'Product', id: productId }]
    const query = `query ($representations: [_Any!]!, $storeId: ID!) { _entities(representations: $representations) {
      ... on Product { availability(storeId: $storeId) } } }`
    const availability = async () =>
      (await inventory.first<{ availability: string }[]>(query, { representations, storeId: shop.storeId }, partner))[0]
        ?.availability
    expect(await availability()).toBe('IN_STOCK')
    await sell(inventory, shop, { lines: [{ productId, quantity: '7' }] })
    expect(await availability()).toBe('LOW')
    await sell(inventory, shop, { lines: [{ productId, quantity: '3' }] })
    expect(await availability()).toBe('OUT')
    const counted = query.replace('availability(storeId: $storeId)', 'stock(storeId: $storeId) { level }')
    const answer = await inventory.ask(counted, { representations, storeId: shop.storeId }, partner)
    expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  })
})

describe('history', () => {
  test('is told newest first, in pages, and stock as it was at any instant', async () => {
    const productId = await stocked(inventory, shop, '100')
    const moments: { instant: Date; level: string }[] = []
    for (let sold = 1; sold <= 12; sold++) {
      inventory.clock.advance(1_000)
      await sell(
        { ...inventory },
        { ...shop, orders: await inventory.orders(shop.tenantId) },
        {
          lines: [{ productId, quantity: '1' }],
        },
      )
      moments.push({ instant: inventory.clock.now(), level: String(100 - sold) })
    }
    const query = `query ($storeId: ID!, $productId: ID!, $after: String) {
      stockMovements(storeId: $storeId, productId: $productId, first: 5, after: $after) {
        nodes { kind quantity level version } pageInfo { hasNextPage endCursor } } }`
    const seen: string[] = []
    let after: string | null = null
    for (let page = 0; page < 3; page++) {
      const { nodes, pageInfo }: { nodes: { level: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } =
        await inventory.first(query, { ...at(productId), after }, shop.owner)
      seen.push(...nodes.map(({ level }) => level))
      after = pageInfo.endCursor
      expect(pageInfo.hasNextPage).toBe(page < 2)
    }
    expect(seen).toEqual(Array.from({ length: 13 }, (_, index) => String(88 + index)))

    const before = new Date((moments[0]?.instant.getTime() ?? 0) - 500)
    const fields = [...moments, { instant: before, level: '100' }, { instant: new Date(0), level: '0' }]
      .map(({ instant }, index) => `m${index}: at(instant: "${instant.toISOString()}") { level }`)
      .join(' ')
    const levels = await inventory.first<Record<string, { level: string }>>(
      `query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) { ${fields} } }`,
      at(productId),
      shop.owner,
    )
    expect(Object.values(levels).map(({ level }) => level)).toEqual([...moments.map(({ level }) => level), '100', '0'])
  })

  test('of a store leaves reservations out unless they are asked for', async () => {
    const other = await inventory.shop()
    const productId = await stocked(inventory, other, '10')
    await reserve(inventory, other, { lines: [{ productId, quantity: '1' }] })
    const query = `query ($id: ID!, $filter: StockMovementFilter) { stockMovements(storeId: $id, filter: $filter) {
      nodes { kind reservedQuantity } } }`
    const kinds = async (filter?: unknown) =>
      (
        await inventory.first<{ nodes: { kind: string }[] }>(query, { id: other.storeId, filter }, other.owner)
      ).nodes.map(({ kind }) => kind)
    expect(await kinds()).toEqual(['OPENING'])
    expect(await kinds({ kinds: ['RESERVED', 'OPENING'] })).toEqual(['RESERVED', 'OPENING'])
  })

  test('that reaches past the months that are ready is kept all the same, and moves to its month later', async () => {
    const other = await inventory.shop()
    const productId = await stocked(inventory, other, '10')
    const far = new Date(Date.UTC(2031, 4, 20))
    await inventory.look(
      `insert into inventory.movement (tenant_id, store_id, version, at, product_id, kind, quantity, reserved_quantity,
         level, reserved, low, turned) values ($1, $2, 2, $3, $4, 'COUNT', 0, 0, 10000, 0, false, false)`,
      [other.tenantId, other.storeId, far, productId],
    )
    await inventory.look("select inventory.make_movement_partitions('2031-05-01', 1)")
    const where = await inventory.look<{ name: string }>(
      'select tableoid::regclass::text as name from inventory.movement where tenant_id = $1 and version = 2',
      [other.tenantId],
    )
    expect(where).toEqual([{ name: 'inventory.movement_2031_05' }])
    await inventory.look('delete from inventory.movement where tenant_id = $1 and version = 2', [other.tenantId])
  })
})

describe('a store', () => {
  test('lists what it has, sums it up and values it', async () => {
    const other = await inventory.shop()
    const costly = await stocked(inventory, other, '2.5', '1.333')
    const cheap = await stocked(inventory, other, '3', '0.005')
    const unknown = await stocked(inventory, other, '4')
    await stocked(inventory, other, '0', '9.99')
    await mutate(inventory, other, 'setLowStockThreshold', { storeId: other.storeId, productId: cheap, threshold: '3' })
    const query = `query ($representations: [_Any!]!, $filter: StockFilter) { _entities(representations: $representations) {
      ... on Store { stock(filter: $filter) { nodes { productId level } }
        inventorySummary { products inStock low out belowZero version }
        stockValuation { total { amount currency } products productsWithoutCost } } } }`
    const representations = [{ __typename: 'Store', id: other.storeId }]
    const read = async (filter?: unknown) =>
      (
        await inventory.first<
          { stock: { nodes: { productId: string }[] }; inventorySummary: unknown; stockValuation: unknown }[]
        >(query, { representations, filter }, other.owner)
      )[0]
    const all = await read()
    expect(all?.stock.nodes.map(({ productId }) => productId)).toHaveLength(4)
    expect(all?.inventorySummary).toEqual({ products: 4, inStock: 3, low: 1, out: 1, belowZero: 0, version: 5 })
    // 2.5 × 1.333 = 3.3325 is 3.33, 3 × 0.005 = 0.015 is 0.02
    expect(all?.stockValuation).toEqual({
      total: { amount: '3.35', currency: 'EUR' },
      products: 2,
      productsWithoutCost: 1,
    })
    const ids = async (filter: unknown) => (await read(filter))?.stock.nodes.map(({ productId }) => productId)
    expect(await ids({ low: true })).toEqual([cheap])
    expect(await ids({ productIds: [unknown, costly] })).toEqual([costly, unknown].sort())
    expect(await ids({ belowZero: true })).toEqual([])
  })
})

describe('who may not', () => {
  test('is refused: a clerk of another store, a courier, nobody', async () => {
    const productId = await stocked(inventory, shop, '10')
    const query = 'query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) { level } }'
    const codeOf = async (options: Parameters<typeof inventory.ask>[2]) =>
      (await inventory.ask(query, at(productId), options)).errors?.[0]?.extensions?.code
    expect(await codeOf(await inventory.person(shop.tenantId, [['STOCK_CLERK', shop.storeId]]))).toBeUndefined()
    expect(await codeOf(await inventory.person(shop.tenantId, [['STOCK_CLERK', makeId()]]))).toBe('FORBIDDEN')
    expect(await codeOf(await inventory.person(shop.tenantId, [['COURIER', null]]))).toBe('FORBIDDEN')
    expect(await codeOf({})).toBe('UNAUTHENTICATED')
  })

  test('a cashier sees the count and not the cost', async () => {
    const productId = await stocked(inventory, shop, '10', '3.50')
    const cashier = await inventory.person(shop.tenantId, [['CASHIER', shop.storeId]])
    const query = `query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) {
      level averageCost { amount } lastMovement { unitCost { amount } } } }`
    const answer = await inventory.ask(query, at(productId), cashier)
    expect(answer.data).toEqual({ stock: { level: '10', averageCost: null, lastMovement: { unitCost: null } } })
    expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  })

  test('another business gets the very answer of what does not exist', async () => {
    const stranger = await inventory.shop()
    const productId = await stocked(inventory, shop, '10')
    const query = 'query ($storeId: ID!, $productId: ID!) { stock(storeId: $storeId, productId: $productId) { level } }'
    const theirs = await inventory.ask(query, at(productId), stranger.owner)
    const nobodys = await inventory.ask(query, { storeId: makeId(), productId }, stranger.owner)
    expect(theirs).toEqual(nobodys)
    const adjust = (storeId: string) =>
      mutate(inventory, stranger, 'adjustStock', { storeId, productId, quantity: '-1', reason: 'LOST' })
    expect(await adjust(shop.storeId)).toEqual(await adjust(makeId()))
    const sold = await sell(
      inventory,
      { ...stranger, storeId: shop.storeId },
      { lines: [{ productId, quantity: '1' }] },
    )
    expect(sold).toMatchObject({ __typename: 'OutOfStock' })
    expect((await stockOf(inventory, shop, productId)).level).toBe('10')
  })
})

test('after all of this the books balance', () => expectBooksToBalance(inventory))
