/** What the graph says of one thing that went wrong. */
export interface GraphErrorEntry {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions?: { readonly code?: string; readonly [name: string]: unknown }
}

/** Every way in which asking can fail; expected outcomes are not failures, they are members of result unions. */
export type GraphFailureKind =
  /** The graph could not be reached, or did not answer in time. What was asked may have been carried out. */
  | 'unreachable'
  /** There is no sign-in, or it has ended. */
  | 'signed-out'
  /** The caller may not do this. */
  | 'forbidden'
  /** Too many requests: `retryAfterSeconds` says when to try again. */
  | 'too-many'
  /** Too much is asked of the shop by everybody, and nothing was done: `retryAfterSeconds` says when to try again. */
  | 'overloaded'
  /** The request itself is at fault. */
  | 'refused'
  /** Something went wrong on the other side. */
  | 'failed'

export class GraphFailure extends Error {
  readonly kind: GraphFailureKind
  readonly errors: readonly GraphErrorEntry[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    kind: GraphFailureKind,
    message: string,
    details: { errors?: readonly GraphErrorEntry[]; retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GraphFailure'
    this.kind = kind
    this.errors = details.errors ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

const kinds: Readonly<Record<string, GraphFailureKind>> = {
  UNAUTHENTICATED: 'signed-out',
  FORBIDDEN: 'forbidden',
  TOO_MANY_REQUESTS: 'too-many',
  OVERLOADED: 'overloaded',
  INTERNAL_SERVER_ERROR: 'failed',
  SERVICE_UNAVAILABLE: 'unreachable',
  TIMED_OUT: 'unreachable',
}

/** The failure that the errors of an answer amount to: that of the first one. */
export function failureOf(errors: readonly GraphErrorEntry[], retryAfterSeconds?: number): GraphFailure {
  const [first] = errors
  return new GraphFailure(kinds[first?.extensions?.code ?? ''] ?? 'refused', first?.message ?? 'No answer', {
    errors,
    retryAfterSeconds,
  })
}
