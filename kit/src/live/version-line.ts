/**
 * Changes numbered one after another, without gaps, in the order in which they were committed: those of a store, say.
 * Whoever has seen version n has seen everything up to n.
 */
export interface VersionLine {
  readonly tenantId: string
  readonly lineId: string
}

/** How lines and their changes are read. `What` says which changes of a line somebody follows. */
export interface LineSource<Change, What> {
  /** The version that the line ends with; 0 before its first change. */
  readEnd(line: VersionLine): Promise<bigint>
  /** When a version was made; undefined where it is no longer kept. */
  readInstant(line: VersionLine, version: bigint): Promise<Date | undefined>
  /** The changes behind a version, in order, with no gap between; a page of them at the most. */
  readBehind(line: VersionLine, version: bigint, most: number): Promise<Change[]>
  /**
   * What there is now, in ascending version, and where the line ended at that very moment. `after` is 0 for who begins;
   * else only what has changed since, each thing once.
   */
  readSnapshot(line: VersionLine, what: What, after: bigint): Promise<Snapshot<Change>>
  versionOf(change: Change): bigint
  /** Whether who follows `what` is told of a change. */
  tells(what: What): (change: Change) => boolean
}

export interface Snapshot<Change> {
  readonly first: readonly Change[]
  readonly end: bigint
}

/** The name of a line among those of all tenants. */
export const lineName = ({ tenantId, lineId }: VersionLine) => `${tenantId} ${lineId}`
