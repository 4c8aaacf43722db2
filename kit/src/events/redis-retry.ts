const RETRY_FIRST_MS = 50
const RETRY_MOST_MS = 5_000

/** How long to wait before the next try to reach Redis. */
export function redisRetryMs(times: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(times, 10), RETRY_MOST_MS)
}
