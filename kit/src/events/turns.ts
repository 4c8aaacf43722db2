interface Waiting {
  readonly place: string
  readonly begin: () => void
}

/**
 * Runs work of one key one after another, and of different keys side by side. Of what waits, the lowest place is next.
 * What waits is bounded by the concurrency of whoever calls.
 */
export function createTurns() {
  const waiting = new Map<string, Waiting[]>()

  function next(key: string): void {
    const line = waiting.get(key)
    const first = line?.shift()
    if (first) first.begin()
    else waiting.delete(key)
  }

  return async <T>(key: string, place: string, work: () => Promise<T>): Promise<T> => {
    const line = waiting.get(key)
    if (line) {
      await new Promise<void>(begin => {
        const behind = line.findIndex(other => other.place > place)
        line.splice(behind === -1 ? line.length : behind, 0, { place, begin })
      })
    } else waiting.set(key, [])
    try {
      return await work()
    } finally {
      next(key)
    }
  }
}
