import { systemClock } from '@tillgraph/kit/clock'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import { PrismaClient } from '../../generated/prisma/client.ts'
import { startOfflineWork } from '../../src/jobs/offline-payments.ts'
import { setUpProcessors } from '../../src/processors/processors.ts'
import { createOfflineQueue } from '../../src/store/offline-queue.ts'
import type { OfflinePatience } from '../../src/usecases/money-work.ts'

export interface DrainSettings {
  readonly databaseUrl: string
  readonly relayUrl: string
  readonly queues: QueueConnection
  readonly concurrency: number
  readonly patience: OfflinePatience
  /** Of the sandbox network. */
  readonly env: Readonly<Record<string, string>>
}

const connect = (url: string, connections: number) =>
  connectDatabase({ url, connections, schema: 'payments', prisma: adapter => new PrismaClient({ adapter }) })

/** The queue of record and its processors, as the subgraph has them. */
export function openDrain({ databaseUrl, patience, env }: Pick<DrainSettings, 'databaseUrl' | 'patience' | 'env'>) {
  const database = connect(databaseUrl, 10)
  const { processors } = setUpProcessors(database, env)
  const offlineQueue = createOfflineQueue({
    ...{ database, clock: systemClock, makeId, patience },
    standardProcessor: processors.standard,
    changed: () => {},
    ordersChanged: () => {},
  })
  return { database, offlineQueue, processors, close: () => database.close() }
}

/** Works off what there is, by the very jobs of the subgraph. */
export async function startDrain(settings: DrainSettings) {
  const log = createLog('drain', 'silent')
  const { offlineQueue, processors, close } = openDrain(settings)
  const acrossTenants = connect(settings.relayUrl, 1)
  const services = { offlineQueue, processors, clock: systemClock, makeId, log }
  const work = await startOfflineWork(services, acrossTenants, settings.queues, settings)
  return {
    async stop() {
      await work.stop()
      await acrossTenants.close()
      await close()
    },
  }
}
