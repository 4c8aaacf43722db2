/** What is counted, and how far. */
export interface ThrottleRule {
  readonly kind: string
  /** So many failures cost nothing; each one after them doubles the wait, from one second on. */
  readonly free: number
  /** From this one on it is closed for a quarter of an hour. */
  readonly most: number
}

/** Closed for this long; and after as long without a failure, all is forgotten. */
export const LOCK_SECONDS = 900

/** One name of one business, whether there is such a person or not. */
export const byAccount: ThrottleRule = { kind: 'account', free: 5, most: 10 }
/** One client address; a whole shop may sit behind it. */
export const byAddress: ThrottleRule = { kind: 'address', free: 30, most: 50 }
/** New businesses from one client address. */
export const bySignUps: ThrottleRule = { kind: 'sign-up', free: 60, most: 120 }
/** Codes of tills that were tried at one business. */
export const byEnrolments: ThrottleRule = { kind: 'enrolment', free: 20, most: 40 }
/** One partner's client id, whether there is such a partner or not. */
export const byClient: ThrottleRule = { kind: 'client', free: 5, most: 10 }
/** Refresh tokens from one client address that were good for nothing. */
export const byRefusals: ThrottleRule = { kind: 'refusal', free: 100, most: 200 }
