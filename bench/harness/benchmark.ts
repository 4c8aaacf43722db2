/** What a benchmark is, so that one runner can run them all. */
export interface Benchmark {
  readonly name: string
  readonly summary: string
  readonly defaults: Defaults
  /** What `--concurrency` may ask for, where the benchmark does not leave that to the load generator. */
  readonly concurrencyMost?: number
  /** Options of this benchmark alone: `--name` switches it on. */
  readonly flags?: Readonly<Record<string, string>>
  /** Brings up what the subjects share (a database, subgraphs), and names the subjects. */
  prepare(settings: Settings): Promise<Prepared>
}

export interface Defaults {
  readonly rounds: number
  readonly seconds: number
  readonly concurrency: readonly number[]
}

export interface Settings extends Defaults {
  readonly flags: ReadonlySet<string>
  /** Tells whoever waits what is being done. */
  say(line: string): void
  /** What the user chose to measure by `--only` and `--cases`; all of it where nothing was chosen. */
  readonly subjects?: readonly string[]
  readonly cases?: readonly string[]
}

export interface Prepared {
  readonly subjects: readonly Subject[]
  /** Brings down what `prepare` brought up; called once, also after a failure. */
  stop(): Promise<void>
  conclude(results: Results): Conclusion
}

/** One of the things compared: ours, a rival, a floor. */
export interface Subject {
  readonly name: string
  readonly cases: readonly Case[]
  start(): Promise<void>
  stop(): Promise<void>
}

export interface Case {
  readonly name: string
  /** At how many at once, where that is not what the user chose. */
  readonly concurrency?: readonly number[]
  /** Runs until the subject is at its speed, and checks that it answers as it should. */
  warm(): Promise<void>
  measure(load: LoadSize): Promise<Measurement>
}

export interface LoadSize {
  readonly concurrency: number
  readonly seconds: number
}

export interface Measurement {
  readonly steps: number
  readonly seconds: number
  readonly median_ms: number
  readonly p99_ms: number
  /** CPU time of the subject's own processes, where they can be told apart. */
  readonly cpu_us_per_step?: number
  readonly memory_mb?: number
  /** Further figures of this benchmark, each a column of its own. */
  readonly further?: Readonly<Record<string, number>>
}

export interface Figures {
  readonly per_second: number
  readonly median_ms: number
  readonly p99_ms: number
  readonly cpu_us_per_step?: number
  readonly memory_mb?: number
  readonly further: Readonly<Record<string, number>>
}

/** The medians of all rounds. */
export interface Results {
  of(subject: string, caseName: string, concurrency: number): Figures | undefined
  /** The figures at the concurrency that made the most steps per second. */
  best(subject: string, caseName: string): Figures | undefined
  readonly points: readonly Point[]
}

export interface Point {
  readonly subject: string
  readonly case: string
  readonly concurrency: number
  readonly figures: Figures
}

export interface Conclusion {
  /** The subject that the table's ratios are taken against. */
  readonly baseline?: string
  readonly notes: readonly string[]
  /** The last line of the output, after `bench`. */
  readonly json: Readonly<Record<string, unknown>>
}
