import { type Answer, errorAnswer } from '../http/answer.ts'
import type { CallerReading } from '../identity/caller-reader.ts'
import { addressKey } from './address-key.ts'
import type { Buckets, Demand, Rate, Taking } from './buckets.ts'

export interface RateLimits {
  /** In requests, for each address that calls without a name. */
  readonly anonymous: Rate
  /** In units of cost, for each person, partner or service. */
  readonly caller: Rate
  /** In units of cost, for a whole business. */
  readonly tenant: Rate
}

/** A graph for others than one's own applications, such as partners' systems, counts for itself, and gives less. */
export const DEFAULT_CONTRACT_RATE_LIMITS: RateLimits = {
  anonymous: { perSecond: 20, burst: 100 },
  caller: { perSecond: 100, burst: 1_000 },
  tenant: { perSecond: 500, burst: 5_000 },
}

export const DEFAULT_RATE_LIMITS: RateLimits = {
  anonymous: { perSecond: 20, burst: 100 },
  caller: { perSecond: 600, burst: 3_000 },
  tenant: { perSecond: 5_000, burst: 25_000 },
}

const UNKNOWN_OPERATION_COST = 10
const CHARACTERS_PER_COST = 40

/** What it costs to bring an operation that has to be read, checked and planned first: the longer, the more. */
export function costOfUnknown(query: string | undefined): number {
  return UNKNOWN_OPERATION_COST + Math.floor((query?.length ?? 0) / CHARACTERS_PER_COST)
}

const REQUEST_COST_MIN = 1

/** A request that has come too soon after others. */
export interface TooMany {
  readonly policy: keyof RateLimits
  readonly rate: Rate
  readonly waitSeconds: number
}

export type Admission = TooMany | undefined

/** Counts what callers, businesses and nameless addresses ask for. */
export class RateLimiter {
  readonly #limits: RateLimits
  readonly #buckets: Buckets
  readonly #space: string

  /** Buckets are kept apart by `space`: what is asked at one graph leaves those of another as they are. */
  constructor(limits: RateLimits, buckets: Buckets, space = '') {
    this.#limits = limits
    this.#buckets = buckets
    this.#space = space
  }

  /** One request from an address that has not said who it is, or could not prove it. */
  admitAddress(address: string | undefined): Admission | Promise<Admission> {
    const { anonymous } = this.#limits
    return this.#take(
      ['anonymous'],
      [{ key: `${this.#space}address:${addressKey(address ?? 'unknown')}`, rate: anonymous }],
      1,
    )
  }

  /** So much cost of a caller, and of the business they belong to. */
  admitCaller(caller: CallerReading & { kind: 'caller' }, cost: number): Admission | Promise<Admission> {
    const { tenantId, subject } = caller
    // The braces keep both on one node of a Redis cluster, where one script may touch both.
    const business = `${this.#space}{tenant:${tenantId}}`
    const demands = [
      { key: `${business}:${subject}`, rate: this.#limits.caller },
      { key: business, rate: this.#limits.tenant },
    ]
    return this.#take(['caller', 'tenant'], demands, Math.max(cost, REQUEST_COST_MIN))
  }

  #take(policies: readonly (keyof RateLimits)[], demands: Demand[], cost: number): Admission | Promise<Admission> {
    const taking = this.#buckets.take(demands, cost)
    if (taking === undefined) return undefined
    return taking instanceof Promise ? taking.then(taken => this.#told(policies, taken)) : this.#told(policies, taking)
  }

  #told(policies: readonly (keyof RateLimits)[], taking: Taking): Admission {
    const policy = taking && policies[taking.refusedBy]
    if (!policy) return undefined
    return { policy, rate: this.#limits[policy], waitSeconds: Math.max(1, Math.ceil(taking.waitMilliseconds / 1000)) }
  }
}

export const TOO_MANY_MESSAGE = 'Too many requests; try again later.'

/** As draft-ietf-httpapi-ratelimit-headers wants them: the quota in a window, and when there is something again. */
export function tooManyHeaders({ policy, rate, waitSeconds }: TooMany): (readonly [name: string, value: string])[] {
  const windowSeconds = Math.max(1, Math.ceil(rate.burst / rate.perSecond))
  return [
    ['retry-after', String(waitSeconds)],
    ['ratelimit-policy', `"${policy}";q=${rate.burst};w=${windowSeconds}`],
    ['ratelimit', `"${policy}";r=0;t=${waitSeconds}`],
  ]
}

export function tooManyAnswer(tooMany: TooMany, contentType?: string): Answer {
  const answer = errorAnswer(429, 'TOO_MANY_REQUESTS', TOO_MANY_MESSAGE, contentType)
  return { ...answer, headers: tooManyHeaders(tooMany).flat() }
}
