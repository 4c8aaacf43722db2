import { redisRetryMs } from '@tillgraph/kit/events/redis-retry'
import type { Logger } from '@tillgraph/kit/log'
import { Redis } from 'ioredis'
import type { Buckets, Demand, Taking } from './buckets.ts'
import { createMemoryBuckets } from './memory-buckets.ts'

const COMMAND_TIMEOUT_MS = 250
const PREFIX = 'tillgraph:rate:'

/**
 * By Redis's own clock, so that gateways need not agree on the time. A bucket is kept until it would be full again,
 * when it is no different from one that is not there.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost = tonumber(ARGV[1])
local left = {}
for i, key in ipairs(KEYS) do
  local per, burst = tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
  local known = redis.call('HMGET', key, 'tokens', 'at')
  local tokens = burst
  if known[1] then tokens = math.min(burst, known[1] + math.max(0, now - known[2]) / 1000 * per) end
  local missing = math.min(cost, burst) - tokens
  if missing > 0 then return { i, math.ceil(missing / per * 1000) } end
  left[i] = tokens - cost
end
for i, key in ipairs(KEYS) do
  local per, burst = tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
  redis.call('HSET', key, 'tokens', string.format('%.6f', left[i]), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', key, math.ceil((burst - left[i]) / per * 1000) + 1000)
end
local answer = { 0, 0 }
for i in ipairs(KEYS) do answer[i + 2] = math.floor(left[i]) end
return answer
`

type TakeTokens = (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<[number, number, ...number[]]>

/** Buckets that all gateways share. While Redis is away each gateway counts for itself: a shop goes on selling. */
export function createRedisBuckets(url: string, log: Logger): Buckets {
  const memory = createMemoryBuckets()
  const client = new Redis(url, {
    connectionName: 'tillgraph rate limits',
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: redisRetryMs,
  })
  client.defineCommand('takeTokens', { lua: TAKE })
  const { takeTokens } = client as unknown as { takeTokens: TakeTokens }
  const take = takeTokens.bind(client)
  let isAway = false
  let isClosed = false

  /** Told once for each time that Redis goes away. */
  function away(error: unknown): void {
    if (isAway || isClosed) return
    isAway = true
    log.warn({ err: error }, 'Rate limits cannot reach Redis; this gateway counts for itself until it is back.')
  }
  client.on('error', away)

  async function takeShared(demands: readonly Demand[], cost: number): Promise<Taking> {
    const rates = demands.flatMap(({ rate }) => [rate.perSecond, rate.burst])
    const [place, waitMilliseconds, ...left] = await take(demands.length, ...demands.map(keyOf), cost, ...rates)
    isAway = false
    for (const [index, tokens] of left.entries()) {
      const demand = demands[index]
      if (demand) demand.left = tokens
    }
    return place === 0 ? undefined : { refusedBy: place - 1, waitMilliseconds }
  }

  return {
    take(demands, cost) {
      // Asked while it is coming up, it would only say that it is not there yet.
      if (client.status !== 'ready') return memory.take(demands, cost)
      return takeShared(demands, cost).catch(error => {
        away(error)
        return memory.take(demands, cost)
      })
    },
    close() {
      isClosed = true
      client.disconnect()
      memory.close()
    },
  }
}

function keyOf({ key }: Demand): string {
  return PREFIX + key
}
