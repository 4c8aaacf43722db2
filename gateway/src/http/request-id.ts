import { randomUUID } from 'node:crypto'

const SANE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/

/** The caller's own name for a request when it is one that is safe to log and hand on; otherwise a new one. */
export function requestIdOf(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID()
}
