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

/** How near a request's caller has come to their limit; filled in as the request is counted. */
export interface Standing {
  policy?: keyof RateLimits
  rate?: Rate
  left?: number
}

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
  admitAddress(address: string | undefined, standing?: Standing): Admission | Promise<Admission> {
    const { anonymous } = this.#limits
    return this.#take(
      ['anonymous'],
      [{ key: `${this.#space}address:${addressKey(address ?? 'unknown')}`, rate: anonymous }],
      1,
      standing,
    )
  }

  /** So much cost of a caller, and of the business they belong to. */
  admitCaller(
    caller: CallerReading & { kind: 'caller' },
    cost: number,
    standing?: Standing,
  ): Admission | Promise<Admission> {
    const { tenantId, subject } = caller
    // The braces keep both on one node of a Redis cluster, where one script may touch both.
    const business = `${this.#space}{tenant:${tenantId}}`
    const demands = [
      { key: `${business}:${subject}`, rate: this.#limits.caller },
      { key: business, rate: this.#limits.tenant },
    ]
    return this.#take(['caller', 'tenant'], demands, Math.max(cost, REQUEST_COST_MIN), standing)
  }

  #take(
    policies: readonly (keyof RateLimits)[],
    demands: Demand[],
    cost: number,
    standing: Standing | undefined,
  ): Admission | Promise<Admission> {
    const told = (taking: Taking) => this.#told(policies, demands, taking, standing)
    const taking = this.#buckets.take(demands, cost)
    return taking instanceof Promise ? taking.then(told) : told(taking)
  }

  #told(
    policies: readonly (keyof RateLimits)[],
    demands: readonly Demand[],
    taking: Taking,
    standing: Standing | undefined,
  ): Admission {
    const policy = taking && policies[taking.refusedBy]
    if (!policy) {
      if (standing) stand(standing, policies, demands)
      return undefined
    }
    return { policy, rate: this.#limits[policy], waitSeconds: Math.max(1, Math.ceil(taking.waitMilliseconds / 1000)) }
  }
}

/** Where several limits hold, the one that is nearest is told. */
function stand(standing: Standing, policies: readonly (keyof RateLimits)[], demands: readonly Demand[]): void {
  let nearest = Number.POSITIVE_INFINITY
  for (let index = 0; index < demands.length; index++) {
    const { left = Number.POSITIVE_INFINITY, rate } = demands[index] as Demand
    if (left >= nearest) continue
    nearest = left
    standing.policy = policies[index] as keyof RateLimits
    standing.rate = rate
    standing.left = left
  }
}

export const TOO_MANY_MESSAGE = 'Too many requests; try again later.'

const policyHeader = (policy: string, { burst, perSecond }: Rate) =>
  `"${policy}";q=${burst};w=${Math.max(1, Math.ceil(burst / perSecond))}`

/**
 * As draft-ietf-httpapi-ratelimit-headers wants them, names and values in turn: the quota in a window, what is left of
 * it, and in how many seconds all of it is there again. Undefined where nothing was counted.
 */
export function standingHeaders({ policy, rate, left }: Standing): string[] | undefined {
  if (!policy || !rate || left === undefined) return undefined
  const there = Math.max(0, Math.floor(left))
  const full = Math.max(0, Math.ceil((rate.burst - left) / rate.perSecond))
  return ['ratelimit-policy', policyHeader(policy, rate), 'ratelimit', `"${policy}";r=${there};t=${full}`]
}

/** The same for who has to wait: nothing is left, and when there is something again. */
export function tooManyHeaders({ policy, rate, waitSeconds }: TooMany): (readonly [name: string, value: string])[] {
  return [
    ['retry-after', String(waitSeconds)],
    ['ratelimit-policy', policyHeader(policy, rate)],
    ['ratelimit', `"${policy}";r=0;t=${waitSeconds}`],
  ]
}

export function tooManyAnswer(tooMany: TooMany, contentType?: string): Answer {
  const answer = errorAnswer(429, 'TOO_MANY_REQUESTS', TOO_MANY_MESSAGE, contentType)
  return { ...answer, headers: tooManyHeaders(tooMany).flat() }
}
