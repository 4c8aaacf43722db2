/** Things of which always the first one is wanted. */
export interface Heap<Value> {
  first(): Value | undefined
  takeFirst(): Value | undefined
  add(value: Value): void
}

/** A binary heap. `isBefore` must tell any two apart, so that their order depends on nothing else. */
export function createHeap<Value>(isBefore: (a: Value, b: Value) => boolean): Heap<Value> {
  const values: Value[] = []

  const isSwapped = (upper: number, lower: number): boolean => {
    const above = values[upper]
    const below = values[lower]
    if (above === undefined || below === undefined || !isBefore(below, above)) return false
    values[upper] = below
    values[lower] = above
    return true
  }

  function sink(): void {
    for (let at = 0; ; ) {
      const left = values[2 * at + 1]
      const right = values[2 * at + 2]
      const lesser = right !== undefined && left !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
      if (!isSwapped(at, lesser)) return
      at = lesser
    }
  }

  return {
    first: () => values[0],
    takeFirst() {
      const first = values[0]
      const last = values.pop()
      if (values.length > 0 && last !== undefined) {
        values[0] = last
        sink()
      }
      return first
    },
    add(value) {
      let at = values.push(value) - 1
      while (at > 0 && isSwapped((at - 1) >> 1, at)) at = (at - 1) >> 1
    },
  }
}
