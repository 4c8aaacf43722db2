const TRIES_ALONE = 4

export interface GathererOptions<Item, Answer> {
  /** Carries out one batch, never empty. Answers in the order of the items. */
  readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>
  /** What is carried out together: only items of one group share a batch. */
  readonly groupOf: (item: Item) => string
  /** Items of one key never share a batch: the later one waits for the next. */
  readonly keyOf: (item: Item) => string
  /** How much of a batch an item takes up. */
  readonly weightOf: (item: Item) => number
  /** A batch holds items up to this weight, or one that is heavier by itself. */
  readonly batchWeightMost: number
  /** Batches of one group that are carried out at the same time. */
  readonly batchesAtOnce: number
  /** Items of one group that may wait; whoever comes then is refused by `overfull`. */
  readonly waitingMost: number
  readonly overfull: () => Error
  /** Whether an error can be the fault of one item, so that the others shall be tried without it. */
  readonly oneMayBeAtFault: (error: unknown) => boolean
  /** Whether an item that fails by itself is worth another try; four at the most. */
  readonly worthAnotherTry: (error: unknown) => boolean
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

interface Group<Item, Answer> {
  waiting: Waiting<Item, Answer>[]
  running: number
  scheduled: boolean
}

/**
 * Gathers calls that come at the same time into batches, so that what a batch costs (a round trip, a commit) is shared.
 * A call alone waits for the end of the tick and no longer. When a batch fails, each of its items is carried out by
 * itself, so `run` must bear being asked twice for the same item.
 */
export function createGatherer<Item, Answer>(options: GathererOptions<Item, Answer>): (item: Item) => Promise<Answer> {
  const groups = new Map<string, Group<Item, Answer>>()

  function flush(name: string, group: Group<Item, Answer>): void {
    group.scheduled = false
    while (group.running < options.batchesAtOnce && group.waiting.length > 0) {
      const batch = takeBatch(group)
      group.running++
      carryOut(batch).finally(() => {
        group.running--
        flush(name, group)
      })
    }
    if (group.running === 0) groups.delete(name)
  }

  function takeBatch(group: Group<Item, Answer>): Waiting<Item, Answer>[] {
    const batch: Waiting<Item, Answer>[] = []
    const left: Waiting<Item, Answer>[] = []
    const keys = new Set<string>()
    let weight = 0
    for (const waiting of group.waiting) {
      const key = options.keyOf(waiting.item)
      const itsWeight = options.weightOf(waiting.item)
      if (keys.has(key) || (batch.length > 0 && weight + itsWeight > options.batchWeightMost)) left.push(waiting)
      else batch.push(waiting)
      keys.add(key)
      weight += batch.at(-1) === waiting ? itsWeight : 0
    }
    group.waiting = left
    return batch
  }

  async function carryOut(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await options.run(batch.map(({ item }) => item))
      if (answers.length !== batch.length) throw new Error('A batch must be answered item by item')
      batch.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer)
      })
    } catch (error) {
      if (options.oneMayBeAtFault(error)) for (const waiting of batch) await carryOutAlone(waiting)
      else for (const { reject } of batch) reject(error)
    }
  }

  async function carryOutAlone({ item, resolve, reject }: Waiting<Item, Answer>): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        const [answer] = await options.run([item])
        resolve(answer as Answer)
        return
      } catch (error) {
        if (tried < TRIES_ALONE && options.worthAnotherTry(error)) continue
        reject(error)
        return
      }
    }
  }

  return item =>
    new Promise((resolve, reject) => {
      const name = options.groupOf(item)
      const group = groups.get(name) ?? { waiting: [], running: 0, scheduled: false }
      groups.set(name, group)
      if (group.waiting.length >= options.waitingMost) {
        reject(options.overfull())
        return
      }
      group.waiting.push({ item, resolve, reject })
      if (group.scheduled || group.running >= options.batchesAtOnce) return
      group.scheduled = true
      setImmediate(flush, name, group)
    })
}
