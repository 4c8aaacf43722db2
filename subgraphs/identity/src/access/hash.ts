import { createHash } from 'node:crypto'

/** What is kept of a secret that is random enough not to be guessed: tokens, codes, device ids. */
export function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
