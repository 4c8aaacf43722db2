import type { Logger } from '../log.ts'
import { type Bus, checkSignal } from './bus.ts'
import { createBusListeners } from './bus-listeners.ts'

/** A bus within one process, for tests and for a box that is one process. It never has a gap. */
export function createLocalBus(log: Logger): Bus {
  const listeners = createBusListeners(log)
  let closed = false
  return {
    async publish(channel, message) {
      checkSignal(channel, message)
      if (closed) throw new Error('The bus is closed')
      // as from elsewhere: never within the publisher's own call
      setImmediate(() => {
        if (!closed) listeners.tell(channel, message)
      })
    },
    async listen(channel, hear) {
      checkSignal(channel, '')
      const mine = (message: string) => hear(message)
      listeners.add(channel, mine)
      return async () => {
        listeners.remove(channel, mine)
      }
    },
    onGap: listeners.onGap,
    async close() {
      closed = true
    },
  }
}
