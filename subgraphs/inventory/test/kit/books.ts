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
      and l.product_id = s.product_id and l.product_id <> all (r.untracked)), 0)`

/**
 * What holds whatever has happened: movements rebuild every level, step by step; versions have no gap and times never
 * run backwards; what is kept back is what reservations hold.
 */
export async function expectBooksToBalance(inventory: InventoryUnderTest): Promise<void> {
  expect(await inventory.look(WRONG_LEVELS), 'levels that the ledger does not rebuild').toEqual([])
  expect(await inventory.look(WRONG_STEPS), 'movements that do not follow from those before').toEqual([])
  expect(await inventory.look(WRONG_ENDS), 'ledgers that do not end with their last movement').toEqual([])
  expect(await inventory.look(WRONG_RESERVED), 'kept back without a reservation').toEqual([])
}
