/** Where a record stands in the log of its key. `hash` is the SHA-256 of its compact JWS. */
export interface ChainLink {
  readonly sequence: number
  readonly previous: string
  readonly hash: string
}

/** What is known around a place in a log. */
export interface ChainNeighbours {
  /** The known record in this very place. */
  readonly same?: ChainLink | undefined
  /** The known record right before it. */
  readonly before?: ChainLink | undefined
  /** The known record right after it. */
  readonly after?: ChainLink | undefined
}

/**
 * NEXT: it follows what is known, or closes a gap. GAP: what stands before it is not known yet. REPLAY: it is known.
 * FORK: another record stands in its place, or it does not fit the one before or after it: somebody has copied the key
 * or rewritten the log.
 */
export type ChainPlace = 'NEXT' | 'GAP' | 'REPLAY' | 'FORK'

export function placeInChain(link: ChainLink, known: ChainNeighbours): ChainPlace {
  if (known.same !== undefined) return known.same.hash === link.hash ? 'REPLAY' : 'FORK'
  if (known.after !== undefined && known.after.previous !== link.hash) return 'FORK'
  if (link.sequence === 1) return link.previous === '' ? 'NEXT' : 'FORK'
  if (known.before === undefined) return 'GAP'
  return known.before.hash === link.previous ? 'NEXT' : 'FORK'
}
