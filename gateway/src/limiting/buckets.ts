/** So much again every second, and so much at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** One bucket to take from. */
export interface Demand {
  readonly key: string
  readonly rate: Rate
  /** Filled in when all were met: what is left in it now; below zero when it owes. */
  left?: number
}

/** Undefined when it was taken; else which of the demands has to wait, and how long. */
export type Taking = { readonly refusedBy: number; readonly waitMilliseconds: number } | undefined

/**
 * Token buckets. All demands are met or none is. What is dearer than a bucket is large is taken from a full one, and
 * its debt is waited for afterwards: otherwise it could never be had.
 */
export interface Buckets {
  take(demands: readonly Demand[], cost: number): Taking | Promise<Taking>
  close(): void
}
