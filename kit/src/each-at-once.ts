/** Does something for each item, for so many at the same time. Ends with the first failure, when those under way have. */
export async function eachAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const failures: unknown[] = []
  const workOff = async () => {
    for (const item of rest) {
      if (failures.length > 0) return
      await work(item).catch(error => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, workOff))
  if (failures.length > 0) throw failures[0]
}
