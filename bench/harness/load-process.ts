// The load generator: a process of its own, so that what it costs is not charged to the subject. It is told what to
// do over the channel of `child_process.fork`, one run after the other.
import { createHistogram } from 'node:perf_hooks'
import { Connection } from './connection.ts'
import { Refused, type Scenario, type Step } from './scenario.ts'

export const MAX_CONCURRENCY = 512
export const MAX_SECONDS = 600
const MAX_STEPS = 20_000_000
const MAX_FAILURES_TOLD = 5
const NANOSECONDS_PER_MS = 1e6

export interface LoadJob {
  readonly origin: string
  readonly scenario: string
  readonly parameters: unknown
  readonly concurrency: number
  readonly seconds: number
}

export interface LoadReport {
  readonly steps: number
  readonly refused: number
  readonly seconds: number
  readonly median_ms: number
  readonly p99_ms: number
  readonly failures: number
  readonly failuresTold: readonly string[]
}

async function run(job: LoadJob, ready: () => Promise<void>): Promise<LoadReport> {
  if (job.concurrency > MAX_CONCURRENCY || job.seconds > MAX_SECONDS) throw new Error('a run beyond all bounds')
  const { scenario } = (await import(job.scenario)) as { scenario: Scenario<unknown> }
  const connections = Array.from({ length: job.concurrency }, () => new Connection(job.origin))
  try {
    const steps = await Promise.all(
      connections.map((connection, index) => scenario({ index, connection, parameters: job.parameters })),
    )
    await ready()
    return await measure(steps, job.seconds)
  } finally {
    for (const connection of connections) connection.close()
  }
}

async function measure(users: readonly Step[], seconds: number): Promise<LoadReport> {
  const latency = createHistogram({ figures: 3 })
  const started = performance.now()
  const until = started + seconds * 1_000
  let steps = 0
  let refused = 0
  let failures = 0
  const failuresTold: string[] = []

  await Promise.all(
    users.map(async step => {
      let now = performance.now()
      while (now < until && failures === 0 && steps < MAX_STEPS) {
        const begun = now
        try {
          await step()
          now = performance.now()
          steps++
          latency.record(Math.max(1, Math.round((now - begun) * NANOSECONDS_PER_MS)))
        } catch (error) {
          now = performance.now()
          if (error instanceof Refused) refused++
          else {
            failures++
            if (failuresTold.length < MAX_FAILURES_TOLD) failuresTold.push(String(error))
          }
        }
      }
    }),
  )
  return {
    steps,
    refused,
    seconds: (performance.now() - started) / 1_000,
    median_ms: latency.percentile(50) / NANOSECONDS_PER_MS,
    p99_ms: latency.percentile(99) / NANOSECONDS_PER_MS,
    failures,
    failuresTold,
  }
}

/** Waits for the parent's word, which reads the subject's CPU time just before it gives it. */
function word(): Promise<void> {
  process.send?.({ kind: 'ready' })
  return new Promise(resolve => {
    process.once('message', () => resolve())
  })
}

function listen(): void {
  process.once('message', async (job: LoadJob) => {
    try {
      process.send?.({ kind: 'report', report: await run(job, word) })
    } catch (error) {
      process.send?.({
        kind: 'broken',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
    }
    listen()
  })
}

listen()
process.once('disconnect', () => process.exit(0))
