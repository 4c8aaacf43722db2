import type { Database } from '@tillgraph/kit/database/session'
import { type JobQueue, openQueue } from '@tillgraph/kit/events/queue'
import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import type { RunningWorker } from '@tillgraph/kit/events/worker'
import { HOUSE } from '../domain/offline-payment.ts'
import type { Services } from '../services.ts'
import type { OfflinePatience } from '../usecases/money-work.ts'
import type { WorkOffServices } from '../usecases/work-off-now.ts'
import { feedOfflinePayments } from './feed-offline-payments.ts'
import { type OfflineJob, offlineQueueOf } from './offline-queues.ts'
import { workOffPaymentsOf } from './work-off-payments.ts'

export interface OfflineWork {
  /** Queues what has just been taken in, without waiting for the next look. */
  feedNow(): void
  stop(): Promise<void>
}

/** Everything that works off offline payments in this process: who queues them, and a worker for each processor. */
export async function startOfflineWork(
  services: WorkOffServices & Pick<Services, 'makeId'>,
  acrossTenants: Database,
  queues: QueueConnection,
  { concurrency, patience }: { readonly concurrency: number; readonly patience: OfflinePatience },
): Promise<OfflineWork> {
  const opened = new Map<string, JobQueue<OfflineJob>>()
  const workers: RunningWorker[] = []
  const stop = async () => {
    await Promise.all(workers.map(worker => worker.stop()))
    await Promise.all([...opened.values()].map(queue => queue.close()))
  }
  try {
    for (const processor of [...services.processors.names, HOUSE]) {
      opened.set(processor, await openQueue(queues, offlineQueueOf(processor), services.log))
      workers.push(await workOffPaymentsOf(services, processor, concurrency, queues))
    }
  } catch (error) {
    await stop()
    throw error
  }
  const feeder = feedOfflinePayments(services, acrossTenants, opened, patience)
  return {
    feedNow: feeder.now,
    async stop() {
      await feeder.stop()
      await stop()
    },
  }
}
