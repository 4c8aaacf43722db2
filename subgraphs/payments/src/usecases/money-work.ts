/** How long whoever works on an order's money may take for one step before somebody else takes over. */
export const LEASE_SECONDS = 20

/** How long one answer of a processor is waited for. */
export const PROCESSOR_TIMEOUT_MS = 6_000

/** After an outcome stayed unknown: how soon it is looked up again; then at growing intervals. */
export const LOOK_AGAIN_SECONDS = 3

/** How often, at once, an unknown outcome is looked up while the caller waits, and how long in between. */
export const LOOK_UPS_AT_ONCE = 2
export const LOOK_UP_PAUSE_MS = 150

/** How long a caller waits for another one that is carrying out the same request, and how often it looks. */
export const WAIT_FOR_SAME_MS = 8_000
export const WAIT_FOR_SAME_PAUSE_MS = 40

/** How long others wait for who works on an offline payment. */
export interface OfflinePatience {
  /** Before somebody else takes over: longer than a processor may be waited for, three times over. */
  readonly leaseSeconds: number
  /** After the moment at which a payment is to be looked at: by then its job is taken for lost, and queued once more. */
  readonly jobLostAfterSeconds: number
}

/** Over how many failures of our own code a payment is laid aside. */
export const OFFLINE_FAILURES_MOST = 10

export const OFFLINE_PATIENCE: OfflinePatience = { leaseSeconds: 30, jobLostAfterSeconds: 30 }

export const secondsAfter = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000)
