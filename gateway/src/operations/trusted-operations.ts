import { z } from 'zod'
import { hashOf } from './persisted-queries.ts'

/** A build that has more than this is no list of what an application asks. */
export const TRUSTED_OPERATIONS_MAX = 2_000

const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z
    .array(z.object({ id: z.string(), name: z.string(), type: z.string(), body: z.string().max(100_000) }))
    .max(TRUSTED_OPERATIONS_MAX),
})

/**
 * What our own applications ask, as their build has listed it: each document by the SHA-256 of its text. Where only
 * these are run, nobody who has taken a token from a browser can ask for anything that no application asks for.
 */
export class TrustedOperations {
  /** Whether nothing else is run. */
  readonly only: boolean
  readonly #textByHash = new Map<string, string>()
  readonly #texts = new Set<string>()

  /** Takes manifests as Apollo's tools write them. Throws when one is no manifest, or a hash is not that of its text. */
  constructor(manifests: readonly string[], only: boolean) {
    this.only = only
    for (const text of manifests) {
      const read = manifest.safeParse(parseJson(text))
      if (!read.success) throw new Error('The list of trusted operations is no manifest of persisted queries.')
      for (const { id, name, body } of read.data.operations) {
        if (hashOf(body) !== id) throw new Error(`The hash of the trusted operation ${name} is not that of its text.`)
        this.#textByHash.set(id, body)
        this.#texts.add(body)
      }
    }
  }

  textOf(hash: string): string | undefined {
    return this.#textByHash.get(hash)
  }

  /** Whether a document may be run. */
  allows(text: string): boolean {
    return !this.only || this.#texts.has(text)
  }

  texts(): readonly string[] {
    return [...this.#texts]
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
