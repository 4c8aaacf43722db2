/** A place that a piece of work holds while it goes on. */
export interface Slot {
  /** Gives the place up for good, though the work goes on. */
  leave(): void
  /** Gives the place up while this goes on, and takes the next one that is free, before others who wait. */
  outside<T>(work: () => Promise<T>): Promise<T>
}

/** Lets so many pieces of work go on at the same time; the others wait for their turn, first come, first served. */
export interface Slots {
  run<T>(work: (slot: Slot) => Promise<T>): Promise<T>
}

/** Whoever comes to slots is bounded by the caller: each of them is held in memory while it waits. */
export function createSlots(atOnce: number): Slots {
  const waiting: (() => void)[] = []
  const coming: (() => void)[] = []
  let free = atOnce

  async function take(line: (() => void)[]): Promise<void> {
    if (free > 0) free--
    else await new Promise<void>(resolve => line.push(resolve))
  }

  function giveBack(): void {
    // whoever waits gets this very place
    const next = coming.shift() ?? waiting.shift()
    if (next) next()
    else free++
  }

  return {
    async run(work) {
      await take(waiting)
      let isHeld = true
      let hasEnded = false
      const leave = () => {
        if (isHeld) giveBack()
        isHeld = false
      }
      const outside = async <T>(own: () => Promise<T>): Promise<T> => {
        if (!isHeld) return own()
        leave()
        try {
          return await own()
        } finally {
          await take(coming)
          // what was not waited for any longer holds no place
          if (hasEnded) giveBack()
          else isHeld = true
        }
      }
      try {
        return await work({ leave, outside })
      } finally {
        hasEnded = true
        leave()
      }
    },
  }
}
