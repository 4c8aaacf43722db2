interface Shared<Result> {
  readonly promise: Promise<Result>
  readonly joinableUntil: number
}

/**
 * Equal reads that run at the same time are run once. A read never joins one that began before a change made through
 * this gateway was answered: who has changed something sees it.
 */
export class InFlight<Result> {
  readonly #joinableMilliseconds: number
  readonly #running = new Map<string, Shared<Result>>()

  constructor(joinableMilliseconds: number) {
    this.#joinableMilliseconds = joinableMilliseconds
  }

  share(key: string, run: () => Promise<Result>): Promise<Result> {
    const known = this.#running.get(key)
    if (known && known.joinableUntil > Date.now()) return known.promise
    const promise = run()
    const shared = { promise, joinableUntil: Date.now() + this.#joinableMilliseconds }
    this.#running.set(key, shared)
    const done = () => {
      if (this.#running.get(key) === shared) this.#running.delete(key)
    }
    promise.then(done, done)
    return promise
  }

  /** From now on nobody joins what runs already. */
  forget(): void {
    this.#running.clear()
  }
}
