const TICK_MILLISECONDS = 250

export interface Deadline {
  readonly at: number
  readonly expire: () => void
}

/**
 * Many waits of one length, kept in the order they began and looked at by one coarse clock: setting and clearing a
 * deadline costs next to nothing, and it fires at most a tick late.
 */
export class Deadlines {
  readonly #milliseconds: number
  readonly #waiting = new Set<Deadline>()
  #clock: NodeJS.Timeout | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  begin(expire: () => void): Deadline {
    const deadline = { at: Date.now() + this.#milliseconds, expire }
    this.#waiting.add(deadline)
    if (!this.#clock) {
      this.#clock = setInterval(() => this.#look(), TICK_MILLISECONDS)
      this.#clock.unref()
    }
    return deadline
  }

  end(deadline: Deadline): void {
    this.#waiting.delete(deadline)
  }

  stop(): void {
    clearInterval(this.#clock)
    this.#clock = undefined
    this.#waiting.clear()
  }

  #look(): void {
    const now = Date.now()
    for (const deadline of this.#waiting) {
      if (deadline.at > now) break
      this.#waiting.delete(deadline)
      deadline.expire()
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#clock)
    this.#clock = undefined
  }
}
