import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Readers, type Streams } from '../fanout/streams.ts'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import { ask } from '../harness/graph.ts'
import { freePort } from '../harness/postgres.ts'
import { cpuTime_us, memory_mb, type Running, ready, type Start, start } from '../harness/processes.ts'

export const ALL_READING = 'all reading'
export const SOME_NOT_READING = '100 not reading'
export const KILOBYTES_PER_SOCKET = 'kB per socket'

const READER_PROCESSES = 4
const START_SECONDS = 60
const NOT_READING = 100
/** What those who do not read are sent first, so that their connections are full. */
const STUFFING_CHANGES = 3_000
const CHANGES_WARM = 2
const CHANGE_TIMEOUT_MS = 120_000
/** However long one takes to reach everybody. */
const CHANGES_LEAST = 1
const REST_TIMEOUT_MS = 120_000
const REST_LOOK_MS = 1_000
/** A tenth of a core: what looking after 10,000 idle sockets may cost. */
const REST_CPU_US_PER_MS = 100
const NANOSECONDS_PER_MS = 1e6

export interface FanOutStage {
  readonly supergraphFile: string
  readonly streams: Streams
  readonly rivals: string
  readonly gatewayCore: number | undefined
  readonly otherCore: number | undefined
  readonly subscribers: number
}

const LAUNCHES: Readonly<Record<string, (stage: FanOutStage, port: number) => Start>> = {
  hive: ({ supergraphFile, rivals }, port) => ({
    command: process.execPath,
    arguments: [
      ...[path.join(rivals, 'node_modules/@graphql-hive/gateway/dist/bin.js'), 'supergraph', supergraphFile],
      ...['--host', '127.0.0.1', '--port', String(port), '--config-path', 'hive.fanout.config.mjs'],
    ],
    cwd: rivals,
    environment: { NODE_ENV: 'production' },
  }),
  ours: ({ supergraphFile }, port) => ({
    command: process.execPath,
    arguments: ['scripts/run.mjs', 'gateway/src/index.ts', '--supergraph', supergraphFile, '--port', String(port)],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    environment: { NODE_ENV: 'production', LOG_LEVEL: 'warn' },
  }),
}

export const FAN_OUTS = Object.keys(LAUNCHES)

/** A gateway with a crowd of readers, who all stay for the whole run. */
export class FanOut implements Subject {
  readonly name: string
  readonly cases: Case[]
  readonly #stage: FanOutStage
  #running: Running | undefined
  #readers: Readers | undefined
  #port = 0
  #kilobytesPerSocket = 0

  constructor(name: string, stage: FanOutStage) {
    this.name = name
    this.#stage = stage
    const concurrency = [stage.subscribers]
    this.cases = [
      {
        name: ALL_READING,
        concurrency,
        warm: () => this.#telling(this.#warm()),
        measure: size => this.#telling(this.#measure(size)),
      },
    ]
    if (name === 'ours')
      this.cases.push({
        name: SOME_NOT_READING,
        concurrency,
        warm: async () => {},
        measure: size => this.#measureWithSomeNotReading(size),
      })
  }

  async start(): Promise<void> {
    const launch = LAUNCHES[this.name]
    if (launch === undefined) throw new Error(`there is no gateway ${this.name}`)
    const { gatewayCore } = this.#stage
    this.#port = await freePort()
    const core = gatewayCore === undefined ? {} : { core: gatewayCore }
    this.#running = start({ ...launch(this.#stage, this.#port), ...core })
    await ready(this.#running, this.name, START_SECONDS, async () => {
      await ask({ url: `http://127.0.0.1:${this.#port}/graphql` }, { query: '{ __typename }' })
      return true
    })
  }

  async stop(): Promise<void> {
    this.#readers?.stop()
    await this.#running?.stop()
  }

  /** Each gateway's crowd follows a store of its own, so that one is at rest while the other is measured. */
  get #storeId(): string {
    return this.name
  }

  async #warm(): Promise<void> {
    const { subscribers, otherCore, streams } = this.#stage
    this.#readers = await Readers.start(READER_PROCESSES, otherCore)
    await this.#readers.open('open', this.#port, READER_PROCESSES, this.#storeId)
    const before = memory_mb(this.#pid)
    await this.#readers.open('open', this.#port, subscribers - READER_PROCESSES, this.#storeId)
    for (let change = 0; change < CHANGES_WARM; change++) {
      const { version } = await streams.change(this.#storeId)
      await this.#readers.heard(version, CHANGE_TIMEOUT_MS)
    }
    this.#kilobytesPerSocket = ((memory_mb(this.#pid) - before) * 1_024) / subscribers
  }

  async #measureWithSomeNotReading(size: LoadSize): Promise<Measurement> {
    const { streams } = this.#stage
    const stuffed = `${this.#storeId} not read`
    await this.#crowd.open('open-idle', this.#port, NOT_READING, this.#storeId, stuffed)
    await streams.change(stuffed, STUFFING_CHANGES)
    await this.#untilAtRest()
    try {
      return await this.#measure(size)
    } finally {
      await this.#crowd.closeIdle()
    }
  }

  /** Waits until the gateway has done with what it was sent. */
  async #untilAtRest(): Promise<void> {
    const deadline = performance.now() + REST_TIMEOUT_MS
    while (performance.now() < deadline) {
      const before = cpuTime_us(this.#pid)
      await sleep(REST_LOOK_MS)
      if (cpuTime_us(this.#pid) - before < REST_LOOK_MS * REST_CPU_US_PER_MS) return
    }
    throw new Error(`${this.name} did not come to rest`)
  }

  async #measure({ seconds }: LoadSize): Promise<Measurement> {
    const { streams, subscribers } = this.#stage
    const lags: number[] = []
    const cpuBefore = cpuTime_us(this.#pid)
    const begun = performance.now()
    let changes = 0
    while (changes < CHANGES_LEAST || performance.now() - begun < seconds * 1_000) {
      const { version, at_ns } = await streams.change(this.#storeId)
      for (const heardAt of await this.#crowd.heard(version, CHANGE_TIMEOUT_MS)) lags.push(heardAt - Number(at_ns))
      changes += 1
    }
    const elapsed = (performance.now() - begun) / 1_000
    const pushes = changes * subscribers
    lags.sort((a, b) => a - b)
    const lagAt = (share: number) => (lags[Math.ceil(lags.length * share) - 1] ?? 0) / NANOSECONDS_PER_MS
    return {
      steps: pushes,
      seconds: elapsed,
      median_ms: lagAt(0.5),
      p99_ms: lagAt(0.99),
      cpu_us_per_step: (cpuTime_us(this.#pid) - cpuBefore) / pushes,
      memory_mb: memory_mb(this.#pid),
      further: { [KILOBYTES_PER_SOCKET]: this.#kilobytesPerSocket },
    }
  }

  /** What the gateway itself had to say is told with a failure. */
  async #telling<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#running?.log()}`, { cause: error })
    }
  }

  get #pid(): number {
    if (!this.#running) throw new Error(`${this.name} does not run`)
    return this.#running.pid
  }

  get #crowd(): Readers {
    if (!this.#readers) throw new Error(`${this.name} has no readers`)
    return this.#readers
  }
}
