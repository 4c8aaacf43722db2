/** Things that are found out one by one and then done together. */
export interface Gathering<Item, Result> {
  /** Adds an item; its result comes when all are known and have been done. */
  add(item: Item): Promise<Result>
  /** For what may turn out to need nothing: runs `ask`, which either calls `add` or answers by itself. */
  orNot(ask: (add: (item: Item) => Promise<Result>) => Promise<Result>): Promise<Result>
}

/**
 * Waits until so many have been added or have turned out to need nothing, then does what was added. When one of them
 * fails before, nothing is ever done.
 */
export function createGathering<Item, Result>(
  expected: number,
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
): Gathering<Item, Result> {
  const waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = []
  let unknown = expected

  function know(): void {
    unknown -= 1
    if (unknown > 0 || waiting.length === 0) return
    run(waiting.map(({ item }) => item)).then(
      results => {
        for (const [index, { resolve }] of waiting.entries()) resolve(results[index] as Result)
      },
      error => {
        for (const { reject } of waiting) reject(error)
      },
    )
  }

  function add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      know()
    })
  }

  return {
    add,
    async orNot(ask) {
      let added = false
      const result = await ask(item => {
        added = true
        return add(item)
      })
      if (!added) know()
      return result
    },
  }
}
