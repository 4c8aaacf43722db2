import type { Logger } from '../log.ts'

/** Who listens to what in this process, and who wants to know of gaps. */
export interface BusListeners {
  /** Adds a listener; tells whether it is the first of its channel. */
  add(channel: string, hear: (message: string) => void): boolean
  /** Removes a listener; tells whether its channel has none left. */
  remove(channel: string, hear: (message: string) => void): boolean
  channels(): readonly string[]
  tell(channel: string, message: string): void
  onGap(look: () => void): () => void
  tellGap(): void
}

/** A listener that throws is a bug of its own; it must not cost another its signal. */
export function createBusListeners(log: Logger): BusListeners {
  const byChannel = new Map<string, Set<(message: string) => void>>()
  const lookers = new Set<() => void>()

  function guarded(run: () => void, where: string): void {
    try {
      run()
    } catch (error) {
      log.error({ err: error, where }, 'a listener of the bus has failed')
    }
  }

  return {
    add(channel, hear) {
      const known = byChannel.get(channel)
      if (known) {
        known.add(hear)
        return false
      }
      byChannel.set(channel, new Set([hear]))
      return true
    },
    remove(channel, hear) {
      const known = byChannel.get(channel)
      if (!known?.delete(hear) || known.size > 0) return false
      byChannel.delete(channel)
      return true
    },
    channels: () => [...byChannel.keys()],
    tell(channel, message) {
      for (const hear of byChannel.get(channel) ?? []) guarded(() => hear(message), channel)
    },
    onGap(look) {
      const mine = () => look()
      lookers.add(mine)
      return () => {
        lookers.delete(mine)
      }
    },
    tellGap() {
      for (const look of lookers) guarded(look, 'gap')
    },
  }
}
