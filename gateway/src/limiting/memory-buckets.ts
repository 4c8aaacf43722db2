import { LRUCache } from 'lru-cache'
import type { Buckets, Demand, Taking } from './buckets.ts'

/** A bucket that is pushed out begins full again: with so many at work, that is a flood for others to stop. */
const BUCKETS_MAX = 50_000

interface Bucket {
  tokens: number
  at: number
}

/** Buckets of this process. `now` gives milliseconds that only grow. */
export function createMemoryBuckets(now: () => number = () => performance.now()): Buckets {
  const buckets = new LRUCache<string, Bucket>({ max: BUCKETS_MAX })

  function filled({ key, rate }: Demand, at: number): Bucket {
    const bucket = buckets.get(key)
    if (!bucket) {
      const fresh = { tokens: rate.burst, at }
      buckets.set(key, fresh)
      return fresh
    }
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((at - bucket.at) / 1000) * rate.perSecond)
    bucket.at = at
    return bucket
  }

  return {
    take(demands, cost): Taking {
      const at = now()
      const found: Bucket[] = []
      for (const [index, demand] of demands.entries()) {
        const bucket = filled(demand, at)
        const missing = Math.min(cost, demand.rate.burst) - bucket.tokens
        if (missing > 0) {
          return { refusedBy: index, waitMilliseconds: Math.ceil((missing / demand.rate.perSecond) * 1000) }
        }
        found.push(bucket)
      }
      for (const [index, bucket] of found.entries()) {
        bucket.tokens -= cost
        const demand = demands[index]
        if (demand) demand.left = bucket.tokens
      }
      return undefined
    },
    close: () => buckets.clear(),
  }
}
