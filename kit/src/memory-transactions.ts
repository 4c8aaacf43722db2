/** Writes to maps that can all be taken back. */
export interface Undoable {
  set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void
  delete<Key, Value>(map: Map<Key, Value>, key: Key): void
  /** Done at the commit: nobody sees it before, and where the work is undone it never happens. */
  atCommit(effect: () => void): void
}

/** Where a simulation lets others run, or whoever runs die by throwing. */
export interface MemoryHooks {
  /** Awaited before each step of a transaction and before its commit. */
  readonly pause?: () => Promise<void>
  /** Awaited right behind a commit: who dies here has committed, and nobody heard of it. */
  readonly committed?: () => Promise<void>
}

export interface MemoryTransactions {
  readonly pause: () => Promise<void>
  /** Runs work of one key after another. Work that throws is undone. */
  run<T>(key: string, work: (write: Undoable) => Promise<T>): Promise<T>
}

/** Transactions over values in memory, for stores that simulations use in the place of Postgres. */
export function createMemoryTransactions({ pause = nothing, committed = nothing }: MemoryHooks): MemoryTransactions {
  const turns = new Map<string, Promise<unknown>>()

  async function undoneOnError<T>(work: (write: Undoable) => Promise<T>): Promise<T> {
    const { write, undo, commit } = createUndoable()
    try {
      const done = await work(write)
      await pause()
      commit()
      return done
    } catch (error) {
      undo()
      throw error
    }
  }

  return {
    pause,
    async run(key, work) {
      const turn = (turns.get(key) ?? Promise.resolve()).then(() => undoneOnError(work))
      turns.set(
        key,
        turn.catch(() => undefined),
      )
      const done = await turn
      await committed()
      return done
    },
  }
}

async function nothing(): Promise<void> {}

function createUndoable(): { readonly write: Undoable; undo(): void; commit(): void } {
  const steps: (() => void)[] = []
  const effects: (() => void)[] = []
  function remember<Key, Value>(map: Map<Key, Value>, key: Key): void {
    const before = map.get(key)
    const was = map.has(key)
    steps.push(() => (was ? map.set(key, before as Value) : map.delete(key)))
  }
  return {
    write: {
      set(map, key, value) {
        remember(map, key)
        map.set(key, value)
      },
      delete(map, key) {
        remember(map, key)
        map.delete(key)
      },
      atCommit(effect) {
        effects.push(effect)
      },
    },
    commit() {
      for (const effect of effects) effect()
    },
    undo() {
      for (const step of steps.reverse()) step()
    },
  }
}

/** The same steps, with a pause in front of each. */
export function pausingBefore<Steps extends object>(steps: Steps, pause: () => Promise<void>): Steps {
  const pausing: Record<string, (...given: unknown[]) => Promise<unknown>> = {}
  for (const [name, step] of Object.entries(steps))
    pausing[name] = async (...given) => {
      await pause()
      return (step as (...all: unknown[]) => Promise<unknown>)(...given)
    }
  return pausing as Steps
}
