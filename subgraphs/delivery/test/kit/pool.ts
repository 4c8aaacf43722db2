import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { PrismaClient } from '../../generated/prisma/client.ts'
import type { DeliveryUnderTest } from './delivery.ts'

/** Connections as delivery's own, for what runs beside requests. */
export function openTestPool(under: DeliveryUnderTest) {
  const database = connectDatabase({
    url: under.database.urlOf('delivery'),
    schema: 'delivery',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  return { database, close: () => database.close() }
}
