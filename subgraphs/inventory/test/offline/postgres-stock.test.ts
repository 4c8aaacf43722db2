import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moveStock } from '../../src/store/move-stock.ts'
import { createStockBooks } from '../../src/store/offline/stock-page.ts'
import { expectBooksToBalance } from '../kit/books.ts'
import { type InventoryUnderTest, startInventory } from '../kit/inventory.ts'
import { openTestPool } from '../kit/pool.ts'
import { stockSuite } from './stock-page.ts'

let inventory: InventoryUnderTest
let pool: ReturnType<typeof openTestPool>
beforeAll(async () => {
  inventory = await startInventory()
  pool = openTestPool(inventory)
})
afterAll(async () => {
  await pool?.close()
  await inventory?.stop()
})

describe('stock in Postgres', () => {
  stockSuite(() => ({
    books: createStockBooks(pool.database, () => {}),
    async stock(tenantId, storeId, productId, quantity) {
      const move = {
        ...({ storeId, kind: 'OPENING', now: inventory.clock.now(), actor: null, referenceId: null } as const),
        lines: [{ productId, quantity }],
      }
      await pool.database.write(tenantId, session => moveStock(session, move, () => {}))
    },
    async level(tenantId, storeId, productId) {
      const [row] = await inventory.look<{ on_hand: string; reserved: string }>(
        'select on_hand, reserved from inventory.stock where tenant_id = $1 and store_id = $2 and product_id = $3',
        [tenantId, storeId, productId],
      )
      return { onHand: BigInt(row?.on_hand ?? 0), reserved: BigInt(row?.reserved ?? 0) }
    },
    async incidents(tenantId, orderId) {
      const rows = await inventory.look<{ product_id: string; quantity: string; short: string }>(
        'select product_id, quantity, short from inventory.oversold_incident where tenant_id = $1 and order_id = $2',
        [tenantId, orderId],
      )
      return rows.map(row => ({
        productId: row.product_id,
        quantity: BigInt(row.quantity),
        short: BigInt(row.short),
      }))
    },
    async told(tenantId) {
      const rows = await inventory.look<{ name: string }>('select name from inventory.outbox where tenant_id = $1', [
        tenantId,
      ])
      return rows.map(({ name }) => name)
    },
  }))

  test('the books balance after all of this', () => expectBooksToBalance(inventory))
  test('something was sold below zero', async () => {
    expect(await inventory.look('select from inventory.stock where oversold')).not.toHaveLength(0)
  })
})
