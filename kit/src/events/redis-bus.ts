import { Redis } from 'ioredis'
import type { Logger } from '../log.ts'
import { type Bus, checkSignal } from './bus.ts'
import { createBusListeners } from './bus-listeners.ts'
import { redisRetryMs } from './redis-retry.ts'

const COMMAND_TIMEOUT_MS = 5_000
const PREFIX = 'tillgraph:bus:'

export interface RedisBusOptions {
  readonly url: string
  readonly log: Logger
}

/** A bus over Redis's publish and subscribe: one connection speaks, one listens. */
export async function createRedisBus({ url, log }: RedisBusOptions): Promise<Bus> {
  const listeners = createBusListeners(log)
  const common = { lazyConnect: true, retryStrategy: redisRetryMs }
  const speaking = new Redis(url, {
    ...common,
    connectionName: 'tillgraph bus',
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 3,
  })
  // ioredis subscribes anew to whatever was subscribed when a lost connection is back
  const hearing = new Redis(url, { ...common, connectionName: 'tillgraph bus listener', maxRetriesPerRequest: null })
  for (const client of [speaking, hearing])
    client.on('error', error => log.warn({ err: error }, 'the bus has lost Redis'))
  try {
    await Promise.all([speaking.connect(), hearing.connect()])
  } catch (error) {
    speaking.disconnect()
    hearing.disconnect()
    throw error
  }
  hearing.on('message', (channel: string, message: string) => listeners.tell(channel.slice(PREFIX.length), message))
  hearing.on('ready', () => {
    // after the subscriptions, which are sent in the same turn
    hearing.ping().then(listeners.tellGap, () => {})
  })

  return {
    async publish(channel, message) {
      checkSignal(channel, message)
      await speaking.publish(PREFIX + channel, message)
    },
    async listen(channel, hear) {
      checkSignal(channel, '')
      const mine = (message: string) => hear(message)
      listeners.add(channel, mine)
      try {
        // for each listener, so that none returns before the channel is heard
        await hearing.subscribe(PREFIX + channel)
      } catch (error) {
        listeners.remove(channel, mine)
        throw error
      }
      return async () => {
        if (listeners.remove(channel, mine)) await hearing.unsubscribe(PREFIX + channel)
      }
    },
    onGap: listeners.onGap,
    async close() {
      speaking.disconnect()
      hearing.disconnect()
    },
  }
}
