import { DelayedError, type Job, UnrecoverableError } from 'bullmq'
import type { Logger } from '../log.ts'
import { GiveUp, Postpone, TryAgainIn } from './job-outcome.ts'
import { openQueueBackend } from './queue-backend.ts'
import type { QueueConnection } from './queue-connection.ts'
import { backoffMs, type QueueContract, type Retries } from './queue-contract.ts'

const CONCURRENCY = 8
/** How long a worker may be silent before its job is given to another; renewed at half of it. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 3_000
/** How often a job may lose its worker (killed, deployed) before it is laid with the dead letters. */
const STALLED_MOST = 10
const STOP_MOST_MS = 10_000
const WORKER_RETRY_MS = 2_000

export interface JobRun {
  readonly id: string
  /** 1 at the first try. */
  readonly attempt: number
  /** Whether no other try follows when this one fails: the time to write down that it has come to nothing. */
  readonly lastAttempt: boolean
  /** Aborted when the worker must stop, or has lost the job to another. */
  readonly signal: AbortSignal
}

export interface WorkerOptions<Payload> {
  readonly queues: QueueConnection
  readonly queue: QueueContract<Payload>
  /**
   * Does the work. Throws to be tried again; throws GiveUp for what can never succeed, Postpone for what is not due yet.
   * May run more than once.
   */
  readonly run: (payload: Payload, about: JobRun) => Promise<void>
  /** Jobs at once in this process. Default 8. */
  readonly concurrency?: number
  readonly log: Logger
}

export interface RunningWorker {
  /** Takes no new job and waits for those it has, 10 seconds at the most; what is cut off is done again elsewhere. */
  stop(): Promise<void>
}

/** Starts a worker on a queue. Payloads are checked before they are run: a wrong one is a dead letter at once. */
export function startWorker<Payload>(options: WorkerOptions<Payload>): Promise<RunningWorker> {
  const { queue, run } = options
  return startRawWorker({
    queues: options.queues,
    name: queue.name,
    retries: queue,
    concurrency: options.concurrency,
    log: options.log,
    run(job, about) {
      let payload: Payload
      try {
        payload = queue.read(job.data)
      } catch (error) {
        throw new GiveUp(
          `The payload is not what ${queue.name} takes: ${error instanceof Error ? error.message : error}`,
        )
      }
      return run(payload, about)
    },
  })
}

export interface RawWorkerOptions {
  readonly queues: QueueConnection
  readonly name: string
  readonly retries: Retries
  readonly concurrency: number | undefined
  readonly log: Logger
  run(job: Job, about: JobRun): Promise<void>
}

export async function startRawWorker(options: RawWorkerOptions): Promise<RunningWorker> {
  const { name, retries, log } = options
  const backend = await openQueueBackend(options.queues)

  // BullMQ hands over a signal to functions of three parameters
  async function processJob(job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const attempt = job.attemptsMade + 1
    try {
      await options.run(job, {
        id: job.id ?? '',
        attempt,
        lastAttempt: attempt >= (job.opts.attempts ?? 1),
        signal: signal ?? new AbortController().signal,
      })
    } catch (error) {
      if (error instanceof GiveUp) throw new UnrecoverableError(error.message)
      if (error instanceof Postpone) {
        await job.moveToDelayed(Date.now() + error.delayMs, token)
        throw new DelayedError()
      }
      throw error
    }
  }

  const worker = new backend.classes.Worker(name, processJob, {
    ...backend.forWorker(),
    autorun: false,
    concurrency: options.concurrency ?? CONCURRENCY,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: STALLED_MOST,
    runRetryDelay: WORKER_RETRY_MS,
    settings: {
      backoffStrategy: (triesMade, _type, error) =>
        error instanceof TryAgainIn ? error.delayMs : backoffMs(retries, triesMade, Math.random()),
    },
  })
  worker.on('error', error => log.warn({ err: error, queue: name }, 'a worker has lost its connection'))
  worker.on('failed', (job, error) => {
    const about = { err: error, queue: name, job: job?.id, attempts: job?.attemptsMade }
    if (job && !job.finishedOn) log.warn(about, 'a job failed and is tried again')
    else log.error(about, 'a job is laid with the dead letters')
  })
  try {
    await worker.waitUntilReady()
  } catch (error) {
    await worker.close(true).catch(() => {})
    backend.workerEnded()
    await backend.release()
    throw error
  }
  worker.run().catch(error => log.error({ err: error, queue: name }, 'a worker has ended'))

  return {
    async stop() {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<'late'>(resolve => {
        timer = setTimeout(resolve, STOP_MOST_MS, 'late')
      })
      const isLate = (await Promise.race([worker.pause(), late])) === 'late'
      if (isLate) {
        log.warn({ queue: name }, 'jobs are cut off; they are done again')
        worker.cancelAllJobs('stopping')
      }
      await worker.close(isLate)
      clearTimeout(timer)
      backend.workerEnded()
      await backend.release()
    },
  }
}
