/** An event on its way from a relay to a consumer. */
export interface EventJob {
  readonly id: string
  readonly name: string
  readonly tenantId: string
  readonly aggregateId: string
  readonly payload: unknown
  /** ISO 8601, in UTC. */
  readonly at: string
}

/** The queue in which events wait for a consumer. */
export function consumerQueue(consumer: string): string {
  return `${consumer}-events`
}
