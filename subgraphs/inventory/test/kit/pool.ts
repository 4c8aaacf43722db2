import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { createLog } from '@tillgraph/kit/log'
import { PrismaClient } from '../../generated/prisma/client.ts'
import type { InventoryUnderTest } from './inventory.ts'

/** Connections as inventory's own, for what runs beside requests. */
export function openTestPool(inventory: InventoryUnderTest) {
  const database = connectDatabase({
    url: inventory.database.urlOf('inventory'),
    schema: 'inventory',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  return { database, log: createLog('inventory test', 'silent'), close: () => database.close() }
}
