/** A person's token, a partner's system's, or that of a service of one's own. */
export type CallerKind = 'person' | 'partner' | 'service'

/** Who calls, as far as the gateway needs to know. Subgraphs read and verify the same token again. */
export interface Caller {
  readonly kind: 'caller'
  /** Undefined where the reader does not tell; such callers are let in everywhere. */
  readonly holder?: CallerKind | undefined
  readonly tenantId: string
  readonly subject: string
  /** Equal for callers who may see the same: tenant and permissions. Keys what may be shared between callers. */
  readonly scope: string
  /** Scopes of a partner's token, for supergraphs that ask for them by @requiresScopes. */
  readonly scopes?: readonly string[] | undefined
  readonly expiresAt: Date
}

export interface Anonymous {
  readonly kind: 'anonymous'
}

export interface RefusedCaller {
  readonly kind: 'refused'
  readonly code: string
  readonly message: string
}

export type CallerReading = Anonymous | Caller | RefusedCaller

/** Whether a token has run out, without the tolerance that single requests are given for clocks that differ. */
export function hasRunOut(caller: CallerReading, now: number): boolean {
  return caller.kind === 'caller' && caller.expiresAt.getTime() <= now
}

/** Turns what stands in `authorization` into a caller. A token that cannot be trusted is refused, never ignored. */
export interface CallerReader {
  read(authorization: string | undefined): CallerReading | Promise<CallerReading>
}

const ANONYMOUS: Anonymous = { kind: 'anonymous' }

/** For a gateway without an identity of its own: what is sent is passed on, and the subgraphs decide. */
export const openReader: CallerReader = { read: () => ANONYMOUS }
