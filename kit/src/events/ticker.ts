const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 30_000

export interface TickerOptions {
  readonly everyMs: number
  /** Whether the first run waits for `everyMs`. Default: it is at once. */
  readonly waitFirst?: boolean
  /** Runs that are asked for within this time after another wait for its end, so that one does the work of many. Default 0. */
  readonly restMs?: number
  /** Answers whether to go on at once, because there is more. */
  readonly tick: () => Promise<boolean>
  readonly failed: (error: unknown, failures: number) => void
}

/** Something that is done again and again, never twice at once; after a failure at growing intervals. */
export interface Ticker {
  /** Does it now, or once more if it is being done; not while failures are waited out. */
  now(): void
  /** Runs something in between, when it is not being done. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when it is being done no more. */
  stop(): Promise<void>
}

export function createTicker(options: TickerOptions): Ticker {
  let stopped = false
  let again = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let resting = false
  let line: Promise<unknown> = Promise.resolve()
  let queued = false

  function later(milliseconds: number): void {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(run, milliseconds)
  }

  function rest(): void {
    resting = true
    clearTimeout(timer)
    timer = setTimeout(() => {
      resting = false
      if (again) run()
      else later(options.everyMs)
    }, options.restMs)
  }

  function run(): void {
    clearTimeout(timer)
    if (stopped || queued) return
    queued = true
    line = line.then(once, once)
  }

  async function once(): Promise<void> {
    again = false
    if (stopped) return
    let more = false
    try {
      more = await options.tick()
      failures = 0
    } catch (error) {
      failures++
      if (!stopped) options.failed(error, failures)
    }
    queued = false
    if (failures > 0) later(Math.min(RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 20), RETRY_MOST_MS))
    else if (more) run()
    else if (stopped) return
    else if (options.restMs) rest()
    else if (again) run()
    else later(options.everyMs)
  }

  if (options.waitFirst) later(options.everyMs)
  else run()

  return {
    now() {
      again = true
      if (failures === 0 && !resting) run()
    },
    alone(work) {
      const done = line.then(work, work)
      line = done.catch(() => {})
      return done
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await line.catch(() => {})
    },
  }
}
