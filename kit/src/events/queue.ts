import type { Job, JobsOptions } from 'bullmq'
import type { Logger } from '../log.ts'
import { openQueueBackend, type QueueBackend } from './queue-backend.ts'
import type { QueueConnection } from './queue-connection.ts'
import type { QueueContract } from './queue-contract.ts'

/** BullMQ's own event log, which nothing of ours reads. */
const QUEUE_EVENTS_KEPT = 100
const DEAD_LETTERS_KEPT = 10_000
const DEAD_LETTERS_KEPT_SECONDS = 60 * 24 * 60 * 60
const DEAD_LETTERS_LISTED_MOST = 1_000
const STACK_LINES_KEPT = 10
const JOBS_AT_ONCE_MOST = 1_000
/** With a digit, because BullMQ keeps words such as `wait` and `meta` for itself; and no mere number. */
const JOB_ID = /^(?=.*\d)(?!\d+$)[\w.-]{1,200}$/

/** What is kept of a job that is done, and of one that could not be. */
export const jobRetention = {
  removeOnComplete: true,
  removeOnFail: { count: DEAD_LETTERS_KEPT, age: DEAD_LETTERS_KEPT_SECONDS },
  stackTraceLimit: STACK_LINES_KEPT,
} as const

/** The name under which BullMQ finds our own backoff; see worker.ts. */
export const BACKOFF = 'doubling'

export interface NewJob<Payload> {
  /** Names the work: a job of the same id that still waits, runs or lies dead is not added again. No ":". */
  readonly id: string
  readonly payload: Payload
  readonly delayMs?: number
}

/** A job whose tries are used up, or that can never succeed. */
export interface DeadLetter {
  readonly id: string
  readonly name: string
  readonly payload: unknown
  readonly reason: string
  readonly attempts: number
  readonly failedAt: Date
}

export interface DeadLetters {
  /** Dead letters, the newest first, 100 unless told and 1,000 at the most. */
  list(first?: number): Promise<DeadLetter[]>
  /** Puts one back into the queue, with all of its tries. False when there is none of that id. */
  retry(id: string): Promise<boolean>
  /** Throws one away for good. False when there is none of that id. */
  discard(id: string): Promise<boolean>
}

export interface JobQueue<Payload> extends DeadLetters {
  add(job: NewJob<Payload>): Promise<void>
  /** As add, for up to 1,000 at once. */
  addAll(jobs: readonly NewJob<Payload>[]): Promise<void>
  /** Takes back a job that has not begun. False when there is none, or it has. */
  cancel(id: string): Promise<boolean>
  /** How many jobs there are, by state. */
  counts(): Promise<{
    readonly waiting: number
    readonly delayed: number
    readonly active: number
    readonly dead: number
  }>
  close(): Promise<void>
}

export type RawQueue = ReturnType<typeof rawQueue>

export function rawQueue(backend: QueueBackend, name: string, log: Logger) {
  const queue = new backend.classes.Queue(name, {
    ...backend.options,
    streams: { events: { maxLen: QUEUE_EVENTS_KEPT } },
  })
  queue.on('error', error => log.warn({ err: error, queue: name }, 'a queue has lost its connection'))
  return queue
}

/** Opens a queue to add to and to look after. Payloads are checked before they are queued. */
export async function openQueue<Payload>(
  connection: QueueConnection,
  contract: QueueContract<Payload>,
  log: Logger,
): Promise<JobQueue<Payload>> {
  const backend = await openQueueBackend(connection)
  const queue = rawQueue(backend, contract.name, log)

  async function addAll(jobs: readonly NewJob<Payload>[]): Promise<void> {
    if (jobs.length === 0) return
    if (jobs.length > JOBS_AT_ONCE_MOST) throw new Error(`At most ${JOBS_AT_ONCE_MOST} jobs are added at once`)
    await addJobs(
      queue,
      jobs.map(({ id, payload, delayMs }) => {
        if (!JOB_ID.test(id))
          throw new Error(`A job's id is 1 to 200 of A-Z a-z 0-9 _ . - with a digit, and no mere number, not ${id}`)
        return {
          name: contract.name,
          data: contract.write(payload),
          opts: {
            ...jobRetention,
            ...(contract.keepsDead ? {} : { removeOnFail: true }),
            jobId: id,
            attempts: contract.attempts,
            backoff: { type: BACKOFF },
            ...(delayMs === undefined ? {} : { delay: delayMs }),
          },
        }
      }),
    )
  }

  return {
    ...deadLettersOf(queue),
    add: job => addAll([job]),
    addAll,
    async cancel(id) {
      const job = await queue.getJob(id)
      if (!job || (await job.isActive())) return false
      return (await queue.remove(id)) === 1
    },
    async counts() {
      const { waiting, prioritized, delayed, active, failed } = await queue.getJobCounts()
      return {
        waiting: (waiting ?? 0) + (prioritized ?? 0),
        delayed: delayed ?? 0,
        active: active ?? 0,
        dead: failed ?? 0,
      }
    },
    async close() {
      await queue.close()
      await backend.release()
    },
  }
}

export interface RawJob {
  readonly name: string
  readonly data: unknown
  readonly opts: JobsOptions
}

/** One job by itself is cheaper alone: in Postgres, BullMQ makes temporary tables for a bulk. */
export async function addJobs(queue: RawQueue, jobs: readonly RawJob[]): Promise<void> {
  const [first] = jobs
  if (first && jobs.length === 1) await queue.add(first.name, first.data, first.opts)
  else await queue.addBulk([...jobs])
}

export function deadLettersOf(queue: RawQueue): DeadLetters {
  async function dead(id: string): Promise<Job | undefined> {
    const job = await queue.getJob(id)
    return job && (await job.isFailed()) ? job : undefined
  }
  return {
    async list(first = 100) {
      const jobs = await queue.getFailed(0, Math.min(first, DEAD_LETTERS_LISTED_MOST) - 1)
      return jobs.map(job => ({
        id: job.id ?? '',
        name: job.name,
        payload: job.data,
        reason: job.failedReason ?? '',
        attempts: job.attemptsMade,
        failedAt: new Date(job.finishedOn ?? job.timestamp),
      }))
    },
    async retry(id) {
      const job = await dead(id)
      await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
      return job !== undefined
    },
    async discard(id) {
      const job = await dead(id)
      await job?.remove()
      return job !== undefined
    },
  }
}
