import { offlineSaleAccepted } from '@tillgraph/kit/events/orders'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { takeOfflineSales } from '../../src/events/offline-sale-accepted.ts'
import { expireLeasesOnce } from '../../src/jobs/expire-leases.ts'
import { connectRelayDatabase } from '../../src/store/relay-database.ts'
import { expectBooksToBalance } from '../kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from '../kit/inventory.ts'
import { openTestPool } from '../kit/pool.ts'

let inventory: InventoryUnderTest
let pool: ReturnType<typeof openTestPool>
let relay: ReturnType<typeof connectRelayDatabase>
beforeAll(async () => {
  inventory = await startInventory()
  pool = openTestPool(inventory)
  relay = connectRelayDatabase(inventory.database.relayUrlOf('inventory'))
})
afterAll(async () => {
  await Promise.all([pool?.close(), relay?.close()])
  await inventory?.stop()
})

const LEASE = `mutation ($input: LeaseStockInput!) { leaseStock(input: $input) { __typename ... on Problem { code }
  ... on LeaseStockSuccess { lease { id state signed lines { product { id } quantity sold left } } } } }`

interface Lease {
  readonly __typename: string
  readonly lease?: { readonly id: string; readonly state: string; readonly signed: string; readonly lines: object[] }
}

async function product(shop: TestShop, quantity: string): Promise<string> {
  const productId = makeId()
  const input = { storeId: shop.storeId, productId, quantity }
  await inventory.first(
    'mutation ($input: SetOpeningStockInput!) { setOpeningStock(input: $input) { __typename } }',
    { input },
    shop.owner,
  )
  return productId
}

const leaseFor = (shop: TestShop, productId: string, quantity: string, given: object = {}) =>
  inventory.first<Lease>(
    LEASE,
    {
      input: {
        ...{ id: makeId(), storeId: shop.storeId, registerId: shop.storeId, expiresInSeconds: 3600 },
        lines: [{ productId, quantity }],
        ...given,
      },
    },
    shop.owner,
  )

const stockOf = (shop: TestShop, productId: string) =>
  inventory.first<{ level: string; reserved: string; available: string; low: boolean }>(
    'query ($s: ID!, $p: ID!) { stock(storeId: $s, productId: $p) { level reserved available low } }',
    { s: shop.storeId, p: productId },
    shop.owner,
  )

/** Tells inventory of an accepted sale, as the queue does. */
async function hear(shop: TestShop, productId: string, quantity: bigint, leaseId?: string) {
  const orderId = makeId()
  const at = inventory.clock.now()
  const event = offlineSaleAccepted.of(orderId, {
    ...{ tenantId: shop.tenantId, orderId, storeId: shop.storeId, registerId: shop.storeId, sequence: 1, number: 1n },
    ...{
      cashierId: shop.userId,
      customerId: null,
      currency: 'EUR',
      businessDate: '2026-03-01',
      takenAt: at,
      acceptedAt: at,
    },
    ...{ total: 0n, due: 0n, change: 0n, tenders: [], lines: [{ productId, quantity }] },
    leases: leaseId ? [{ leaseId, lines: [{ productId, quantity }] }] : [],
  })
  const handler = takeOfflineSales({ clock: inventory.clock, makeId, changed: () => {} })
  await pool.database.write(shop.tenantId, session =>
    handler.handle(session as never, { ...event, tenantId: shop.tenantId, at }),
  )
  return orderId
}

test('what is set aside for a till is not to be had by others, and its signed lease says what it is', async () => {
  const shop = await inventory.shop()
  const productId = await product(shop, '10')
  const { lease } = await leaseFor(shop, productId, '4')
  expect(lease).toMatchObject({ state: 'ACTIVE', lines: [{ quantity: '4', sold: '0', left: '4' }] })
  expect(JSON.parse(lease?.signed ?? '{}')).toMatchObject({
    ...{ leaseId: lease?.id, registerId: shop.storeId, lines: [{ productId, quantity: '4' }] },
  })
  expect(await stockOf(shop, productId)).toMatchObject({ level: '10', reserved: '4', available: '6' })
  const input = { orderId: makeId(), storeId: shop.storeId, lines: [{ productId, quantity: '7' }] }
  const sold = await inventory.first<{ __typename: string }>(
    'mutation ($input: ReserveStockInput!) { sellStock(input: $input) { __typename } }',
    { input },
    shop.orders,
  )
  expect(sold.__typename).toBe('OutOfStock')
  await expectBooksToBalance(inventory)
})

test('a lease whose time is over is given back by the job, and a sale that is heard of later is an incident', async () => {
  const shop = await inventory.shop()
  const productId = await product(shop, '5')
  const { lease } = await leaseFor(shop, productId, '5')
  await hear(shop, productId, 2_000n, lease?.id)
  expect(await stockOf(shop, productId)).toMatchObject({ level: '3', reserved: '3', available: '0' })
  inventory.clock.advance(3_600_000)
  await expireLeasesOnce({ ...pool, relay, clock: inventory.clock, changed: () => {} })
  expect(await stockOf(shop, productId)).toMatchObject({ level: '3', reserved: '0', available: '3' })
  await hear(shop, productId, 4_000n, lease?.id)
  expect(await stockOf(shop, productId)).toMatchObject({ level: '-1', available: '-1' })
  const list = await inventory.first<{ nodes: object[] }>(
    `query ($s: ID!) { oversoldIncidents(storeId: $s, filter: { open: true }) { nodes { quantity short product { id } } } }`,
    { s: shop.storeId },
    shop.owner,
  )
  expect(list.nodes).toEqual([{ quantity: '4', short: '1', product: { id: productId } }])
  await expectBooksToBalance(inventory)
})

test('low stock is told when an offline sale brings it about, and live stock has the new level', async () => {
  const shop = await inventory.shop()
  const productId = await product(shop, '5')
  const input = { storeId: shop.storeId, productId, threshold: '3' }
  await inventory.first(
    'mutation ($input: SetLowStockThresholdInput!) { setLowStockThreshold(input: $input) { __typename } }',
    { input },
    shop.owner,
  )
  await hear(shop, productId, 2_000n)
  expect(await stockOf(shop, productId)).toMatchObject({ level: '3', low: true })
  const events = await inventory.look<{ name: string }>(
    `select name from inventory.outbox where tenant_id = $1 and name = 'inventory.stock.low.v1'`,
    [shop.tenantId],
  )
  expect(events).toHaveLength(1)
})

test('an incident is dealt with once, with who, how and a note, and others hear of it', async () => {
  const shop = await inventory.shop()
  const productId = await product(shop, '1')
  const orderId = await hear(shop, productId, 3_000n)
  const list = () =>
    inventory.first<{ nodes: Record<string, unknown>[] }>(
      `query ($s: ID!, $p: ID) { oversoldIncidents(storeId: $s, filter: { productId: $p }) { nodes {
        id short order { id } cashier { id } resolution note resolvedBy { id } } } }`,
      { s: shop.storeId, p: productId },
      shop.owner,
    )
  const [incident] = (await list()).nodes
  expect(incident).toMatchObject({ short: '2', order: { id: orderId }, cashier: { id: shop.userId }, resolution: null })
  const resolve = (resolution: string, note: string, options = shop.owner) =>
    inventory.first<{ __typename: string; code?: string; field?: string }>(
      `mutation ($input: ResolveOversoldIncidentInput!) { resolveOversoldIncident(input: $input) { __typename
        ... on Problem { code } ... on InvalidInput { field } } }`,
      { input: { id: incident?.id, resolution, note } },
      options,
    )
  expect((await resolve('OTHER', '')).field).toBe('note')
  expect((await resolve('RESTOCKED', 'Two came with the morning delivery')).__typename).toBe(
    'ResolveOversoldIncidentSuccess',
  )
  expect((await resolve('RESTOCKED', 'Again')).__typename).toBe('ResolveOversoldIncidentSuccess')
  expect((await resolve('REFUNDED', 'No')).__typename).toBe('IncidentResolved')
  expect((await list()).nodes).toMatchObject([
    { resolution: 'RESTOCKED', note: 'Two came with the morning delivery', resolvedBy: { id: shop.userId } },
  ])
  const events = await inventory.look(
    `select from inventory.outbox where tenant_id = $1 and name = 'inventory.oversold_incident.resolved.v1'`,
    [shop.tenantId],
  )
  expect(events).toHaveLength(1)
  const cashier = await inventory.person(shop.tenantId, [['CASHIER', shop.storeId]])
  await expect(resolve('COUNTED', '', cashier)).rejects.toThrow('FORBIDDEN')
})

test('a lease is renewed and given back by who may sell in its store, and by nobody of another business', async () => {
  const shop = await inventory.shop()
  const productId = await product(shop, '5')
  const { lease } = await leaseFor(shop, productId, '5')
  const giveBack = (options = shop.owner) =>
    inventory.first<{ __typename: string; lease?: object }>(
      'mutation ($id: ID!) { returnStockLease(id: $id) { __typename ... on ReturnStockLeaseSuccess { lease { state } } } }',
      { id: lease?.id },
      options,
    )
  const stranger = await inventory.shop()
  expect((await giveBack(stranger.owner)).__typename).toBe('NotFound')
  const renew = () =>
    inventory.first<{ __typename: string }>(
      `mutation ($input: RenewStockLeaseInput!) { renewStockLease(input: $input) { __typename } }`,
      { input: { id: lease?.id, expiresInSeconds: 7200 } },
      shop.owner,
    )
  expect((await renew()).__typename).toBe('RenewStockLeaseSuccess')
  expect(await giveBack()).toMatchObject({ lease: { state: 'RETURNED' } })
  expect((await renew()).__typename).toBe('LeaseEnded')
  expect(await stockOf(shop, productId)).toMatchObject({ reserved: '0' })
  expect((await leaseFor(shop, productId, '1', { registerId: stranger.storeId })).__typename).toBe('NotFound')
  const listed = await inventory.first<{ nodes: object[] }>(
    'query ($s: ID!) { stockLeases(storeId: $s) { nodes { id state } } }',
    { s: shop.storeId },
    shop.owner,
  )
  expect(listed.nodes).toEqual([{ id: lease?.id, state: 'RETURNED' }])
})

test('goods of an offline sale can come back', async () => {
  const shop = await inventory.shop()
  const productId = await product(shop, '5')
  const orderId = await hear(shop, productId, 2_000n)
  const input = {
    returnId: makeId(),
    orderId,
    storeId: shop.storeId,
    restock: true,
    lines: [{ productId, quantity: '2' }],
  }
  const back = await inventory.first<{ __typename: string }>(
    'mutation ($input: ReturnStockInput!) { returnStock(input: $input) { __typename } }',
    { input },
    shop.orders,
  )
  expect(back.__typename).toBe('StockReturned')
  expect(await stockOf(shop, productId)).toMatchObject({ level: '5' })
})
