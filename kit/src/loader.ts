import DataLoader from 'dataloader'

/** Keys that go into one statement at the most. */
const BATCH_KEYS = 1000

/**
 * Loads things by key, one statement for all that one tick of a request asks for. The batch function answers with
 * whatever it found, in any order; a key without an answer loads as undefined.
 */
export function createLoader<Key extends string, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
  keyOf: (value: Value) => Key,
): DataLoader<Key, Value | undefined> {
  return new DataLoader(
    async keys => {
      const found = new Map<string, Value>()
      for (const value of await load(keys)) found.set(keyOf(value), value)
      return keys.map(key => found.get(key))
    },
    { maxBatchSize: BATCH_KEYS },
  )
}

/** As createLoader, for keys that have any number of values each. */
export function createListLoader<Key extends string, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
  keyOf: (value: Value) => Key,
): DataLoader<Key, readonly Value[]> {
  return new DataLoader(
    async keys => {
      const found = new Map<string, Value[]>(keys.map(key => [key, []]))
      for (const value of await load(keys)) found.get(keyOf(value))?.push(value)
      return keys.map(key => found.get(key) ?? [])
    },
    { maxBatchSize: BATCH_KEYS },
  )
}
