/** Thrown by work that can never succeed: no further try, the job is laid with the dead letters at once. */
export class GiveUp extends Error {
  override name = 'GiveUp'
}

/** Thrown by work that knows when another try makes sense (a processor said so). It counts as a try. */
export class TryAgainIn extends Error {
  override name = 'TryAgainIn'
  readonly delayMs: number

  constructor(delayMs: number, reason: string) {
    super(reason)
    this.delayMs = delayMs
  }
}

/** Thrown by work that is not to be done yet: it comes back after a while, and no try is counted. */
export class Postpone extends Error {
  override name = 'Postpone'
  readonly delayMs: number

  constructor(delayMs: number) {
    super(`Postponed by ${delayMs} ms`)
    this.delayMs = delayMs
  }
}
