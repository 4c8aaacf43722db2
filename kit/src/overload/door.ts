/** Fewer than this are never let in, however slow everything is: what is let in must be able to end. */
const IN_FLIGHT_LEAST = 16
const ADAPT_EVERY_MS = 500
const SHRINK_TO = 0.75
const GROW_BY = 0.1
/** Whoever only looks leaves this part of the room to those who change something. */
const LOOKERS_SHARE = 0.75
const LOOKERS_WAITING_SHARE = 0.5
/** What continues something that was let in before is refused only when there is this much more than there should be. */
const ONGOING_TIMES = 4
const WAITING_LOOK_MS = 50
const RETRY_AFTER_SECONDS_MOST = 10

/**
 * What it is about: going on with what was begun (another of our services asks), a change, or only a look. Looks are
 * turned away first, what goes on last.
 */
export type Urgency = 'ongoing' | 'change' | 'look'

export interface DoorBounds {
  /** Operations that are carried out at once, at the most. */
  readonly inFlight: number
  /** Operations that wait to be let in, at the most. */
  readonly waiting: number
  /** How long one waits before it is turned away. */
  readonly waitMilliseconds: number
  /** What an answer may take on average; while it takes longer, fewer are let in at once. */
  readonly answerMilliseconds: number
}

interface Waiting {
  readonly since: number
  readonly told: (isIn: boolean) => void
}

/**
 * Lets in what can be carried out in time, lets a little wait, and turns the rest away at once, before anything is
 * done: whoever waits longer than anybody's patience is asked for again, and makes it worse for all.
 */
export class Door {
  readonly #bounds: DoorBounds
  readonly #now: () => number
  readonly #changes: Waiting[] = []
  readonly #looks: Waiting[] = []
  #inFlight = 0
  #limit: number
  #turnedAway = 0
  #expiry: NodeJS.Timeout | undefined
  #answers = 0
  #answerMs = 0
  #meanMs = 0
  #adaptedAt: number

  constructor(bounds: DoorBounds, now: () => number = () => performance.now()) {
    this.#bounds = bounds
    this.#now = now
    this.#limit = bounds.inFlight
    this.#adaptedAt = now()
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get waiting(): number {
    return this.#changes.length + this.#looks.length
  }

  /** How many may be in flight at the moment. */
  get limit(): number {
    return this.#limit
  }

  /** How many have been turned away so far. */
  get turnedAway(): number {
    return this.#turnedAway
  }

  /** Whether nothing can even wait: then a request can be turned away before it is read. */
  get isFull(): boolean {
    return this.waiting >= this.#bounds.waiting
  }

  /** True once it is let in: `leave` must follow, with the moment it was. False when it is turned away. */
  enter(urgency: Urgency): boolean | Promise<boolean> {
    if (this.#hasRoomFor(urgency)) {
      this.#inFlight++
      return true
    }
    const line = urgency === 'change' ? this.#changes : urgency === 'look' ? this.#looks : undefined
    const most = this.#bounds.waiting * (urgency === 'look' ? LOOKERS_WAITING_SHARE : 1)
    if (!line || this.isFull || line.length >= most) {
      this.#turnedAway++
      return false
    }
    return new Promise(told => {
      line.push({ since: this.#now(), told })
      this.#expiry ??= setInterval(() => this.#expire(), WAITING_LOOK_MS)
    })
  }

  /** To be called once for each that was let in, with what `moment` said when it was. */
  leave(since: number): void {
    this.#inFlight--
    this.#answers++
    this.#answerMs += this.#now() - since
    this.#adapt()
    this.#letIn()
  }

  moment(): number {
    return this.#now()
  }

  /** Turned away without having come to the door. Returns in how many seconds there may be room. */
  retryAfterSeconds(): number {
    const waitSeconds = (this.waiting / this.#limit) * (this.#meanMs / 1_000)
    return Math.min(RETRY_AFTER_SECONDS_MOST, 1 + Math.ceil(waitSeconds))
  }

  countTurnedAway(): void {
    this.#turnedAway++
  }

  #hasRoomFor(urgency: Urgency): boolean {
    if (urgency === 'ongoing') return this.#inFlight < this.#limit * ONGOING_TIMES
    if (urgency === 'change') return this.#inFlight < this.#limit && this.#changes.length === 0
    return this.#inFlight < this.#limit * LOOKERS_SHARE && this.waiting === 0
  }

  #letIn(): void {
    while (this.#changes.length > 0 && this.#inFlight < this.#limit) this.#tell(this.#changes)
    while (this.#looks.length > 0 && this.#inFlight < this.#limit * LOOKERS_SHARE) this.#tell(this.#looks)
    this.#rest()
  }

  #tell(line: Waiting[]): void {
    this.#inFlight++
    line.shift()?.told(true)
  }

  #expire(): void {
    const before = this.#now() - this.#bounds.waitMilliseconds
    for (const line of [this.#changes, this.#looks])
      while (line[0] && line[0].since <= before) {
        this.#turnedAway++
        line.shift()?.told(false)
      }
    this.#rest()
  }

  #rest(): void {
    if (this.waiting > 0) return
    clearInterval(this.#expiry)
    this.#expiry = undefined
  }

  /** Fewer at once while answers take too long, and slowly more again when they do not. */
  #adapt(): void {
    const now = this.#now()
    if (now - this.#adaptedAt < ADAPT_EVERY_MS) return
    const { inFlight: most, answerMilliseconds } = this.#bounds
    this.#meanMs = this.#answerMs / this.#answers
    if (this.#meanMs > answerMilliseconds)
      this.#limit = Math.max(Math.min(IN_FLIGHT_LEAST, most), Math.floor(this.#limit * SHRINK_TO))
    else if (this.#meanMs < answerMilliseconds / 2)
      this.#limit = Math.min(most, this.#limit + Math.ceil(this.#limit * GROW_BY))
    this.#answers = 0
    this.#answerMs = 0
    this.#adaptedAt = now
  }
}

/** What is told to whoever is turned away. */
export const overloadedMessage = (seconds: number) =>
  `Too much is asked of the shop at the moment, and nothing was done: try again in ${seconds} s.`
