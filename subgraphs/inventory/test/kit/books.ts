import { stockChanged, stockLow } from '@tillgraph/kit/events/inventory'
import { expect } from 'vitest'
import type { InventoryUnderTest } from './inventory.ts'

const WRONG_LEVELS = `
  select s.product_id from inventory.stock s
  left join (
    select tenant_id, store_id, product_id, sum(quantity) as quantity, sum(reserved_quantity) as reserved
    from inventory.movement group by 1, 2, 3
  ) m using (tenant_id, store_id, product_id)
  where s.on_hand <> coalesce(m.quantity, 0) or s.reserved <> coalesce(m.reserved, 0)`

const WRONG_STEPS = `
  select * from (
    select product_id, version, level, reserved, at,
      sum(quantity) over product as rebuilt, sum(reserved_quantity) over product as rebuilt_reserved,
      row_number() over store as place, lag(at) over store as before
    from inventory.movement
    window product as (partition by tenant_id, store_id, product_id order by version),
      store as (partition by tenant_id, store_id order by version)
  ) step
  where level <> rebuilt or reserved <> rebuilt_reserved or version <> place or at < before`

const WRONG_ENDS = `
  select l.store_id from inventory.stock_ledger l
  where l.version <> (select count(*) from inventory.movement m where m.tenant_id = l.tenant_id and m.store_id = l.store_id)`

const WRONG_RESERVED = `
  select s.product_id from inventory.stock s where s.reserved <> coalesce((
    select sum(l.quantity) from inventory.reservation r, unnest(r.product_ids, r.quantities) l (product_id, quantity)
    where r.tenant_id = s.tenant_id and r.store_id = s.store_id and r.state = 'RESERVED'
      and l.product_id = s.product_id and l.product_id <> all (r.untracked)), 0) + coalesce((
    select sum(l.quantity - l.sold) from inventory.stock_lease e, unnest(e.product_ids, e.quantities, e.sold)
      l (product_id, quantity, sold)
    where e.tenant_id = s.tenant_id and e.store_id = s.store_id and e.state = 'ACTIVE'
      and l.product_id = s.product_id), 0)`

/**
 * What holds whatever has happened: movements rebuild every level, step by step; versions have no gap and times never
 * run backwards; what is kept back is what reservations and leases hold.
 */
export async function expectBooksToBalance(inventory: InventoryUnderTest): Promise<void> {
  expect(await inventory.look(WRONG_LEVELS), 'levels that the ledger does not rebuild').toEqual([])
  expect(await inventory.look(WRONG_STEPS), 'movements that do not follow from those before').toEqual([])
  expect(await inventory.look(WRONG_ENDS), 'ledgers that do not end with their last movement').toEqual([])
  expect(await inventory.look(WRONG_RESERVED), 'kept back without a reservation or a lease').toEqual([])
  await expectEventsToTellTheLevels(inventory)
}

/** The last event about a product says what its level is. */
async function expectEventsToTellTheLevels(inventory: InventoryUnderTest): Promise<void> {
  const events = await inventory.look<{ name: string; payload: unknown }>('select name, payload from inventory.outbox')
  const told = new Map<string, { level: bigint; available: bigint; version: bigint }>()
  for (const { name, payload } of events) {
    if (name === stockLow.name) stockLow.read(payload)
    if (name !== stockChanged.name) continue
    const { storeId, changes } = stockChanged.read(payload)
    for (const { productId, level, available, version } of changes)
      if (version > (told.get(storeId + productId)?.version ?? 0n))
        told.set(storeId + productId, { level, available, version })
  }
  const stocks = await inventory.look<{ key: string; on_hand: string; available: string }>(
    `select store_id::text || product_id as key, on_hand, on_hand - reserved as available from inventory.stock
     where exists (select from inventory.movement m where m.tenant_id = stock.tenant_id
       and m.store_id = stock.store_id and m.product_id = stock.product_id and m.kind not in ('THRESHOLD', 'EXPECTED'))`,
  )
  for (const { key, on_hand, available } of stocks)
    expect(told.get(key), key).toMatchObject({ level: BigInt(on_hand), available: BigInt(available) })
}
