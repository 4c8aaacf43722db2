/**
 * A worker in a process of its own, for tests that kill it: takes the one job, says so, and never ends it.
 * Its arguments: the queues' connection as JSON.
 */

import { startWorker } from '@tillgraph/kit/events/worker'
import { createLog } from '@tillgraph/kit/log'
import { chargeQueue } from './charge-queue.ts'

const queues = JSON.parse(process.argv[2] ?? '')
await startWorker({
  queues,
  queue: chargeQueue,
  log: createLog('worker process', 'silent'),
  run: ({ amount }) => {
    console.log(`taken ${amount}`)
    return new Promise(() => {})
  },
})
