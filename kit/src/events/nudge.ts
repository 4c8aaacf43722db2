const listeners = new Map<string, Set<() => void>>()

/** Tells the relays of this process that a subgraph has written events. Those of other processes find them by polling. */
export function nudgeRelays(producer: string): void {
  for (const look of listeners.get(producer) ?? []) look()
}

/** Calls `look` at each nudge until the returned function is called. */
export function onNudge(producer: string, look: () => void): () => void {
  const known = listeners.get(producer) ?? new Set()
  listeners.set(producer, known.add(look))
  return () => {
    known.delete(look)
    if (known.size === 0) listeners.delete(producer)
  }
}
