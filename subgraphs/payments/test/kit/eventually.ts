const WAIT_MOST_MS = 30_000
const LOOK_EVERY_MS = 25

/** Looks until what is seen is as it should be; fails with what was seen last. */
export async function eventually<Seen>(
  look: () => Promise<Seen> | Seen,
  isSo: (seen: Seen) => boolean,
  waitMostMs = WAIT_MOST_MS,
): Promise<Seen> {
  const until = performance.now() + waitMostMs
  for (;;) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (performance.now() > until)
      throw new Error(`Still ${JSON.stringify(seen, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`)
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
