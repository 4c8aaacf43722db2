import type { ServiceTokens } from '../access/service-token.ts'
import { SERVICE_TOKEN_HEADER } from '../access/service-token.ts'
import type { GraphAnswer, GraphExecutor } from '../graph-request.ts'

const PEER_TIMEOUT_MS = 10_000

/** On whose behalf one subgraph asks another. */
export interface PeerCaller {
  readonly tenantId: string
  /** Who started it all, for the audit trail. */
  readonly actor?: string | undefined
  readonly requestId: string
}

/** Another subgraph did not answer as it should; whether it carried the request out is not known. */
export class PeerFailure extends Error {
  readonly peer: string
  readonly kind: 'unreachable' | 'timeout' | 'failed'

  constructor(peer: string, kind: PeerFailure['kind'], cause?: unknown) {
    super(`The ${peer} subgraph ${kind === 'timeout' ? 'took too long' : `is ${kind}`}`, { cause })
    this.name = 'PeerFailure'
    this.peer = peer
    this.kind = kind
  }
}

/** What a subgraph needs to call others. */
export interface PeerAccess {
  readonly peers: ReadonlyMap<string, GraphExecutor>
  readonly serviceTokens: ServiceTokens
}

/**
 * Runs an operation on another subgraph's internal fields, as this service, within a tenant. Waits 10 s at the most.
 * Expected outcomes are in the data; anything else is a PeerFailure.
 */
export async function callPeer<Data>(
  access: PeerAccess,
  name: string,
  caller: PeerCaller,
  operation: { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> },
): Promise<Data> {
  const peer = access.peers.get(name)
  if (!peer) throw new PeerFailure(name, 'unreachable')
  const token = await access.serviceTokens.mint(name, caller.tenantId, caller.actor)
  const headers = { [SERVICE_TOKEN_HEADER]: token, 'x-request-id': caller.requestId }
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PeerFailure(name, 'timeout')), PEER_TIMEOUT_MS)
  })
  let answer: GraphAnswer
  try {
    answer = await Promise.race([peer.execute({ ...operation, headers }), tooLong])
  } catch (error) {
    throw error instanceof PeerFailure ? error : new PeerFailure(name, 'unreachable', error)
  } finally {
    clearTimeout(timer)
  }
  if (answer.errors?.length || !answer.data) throw new PeerFailure(name, 'failed', answer.errors)
  return answer.data as Data
}
