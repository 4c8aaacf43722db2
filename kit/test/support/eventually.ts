import { setTimeout as sleep } from 'node:timers/promises'

const WAIT_MOST_MS = 15_000
const LOOK_EVERY_MS = 10

/** Waits until something is so, and tells how it last was when it does not become so within 15 s. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  isSo: (seen: T) => boolean,
  most = WAIT_MOST_MS,
): Promise<T> {
  const deadline = Date.now() + most
  for (;;) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (Date.now() > deadline) throw new Error(`It never became so; last seen: ${JSON.stringify(seen)}`)
    await sleep(LOOK_EVERY_MS)
  }
}
