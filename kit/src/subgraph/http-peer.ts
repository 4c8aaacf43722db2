import type { GraphAnswer, GraphExecutor } from '../graph-request.ts'

const TIMEOUT_MS = 10_000

/** Another subgraph that runs in a process of its own. Connections are kept and shared by Node's own client. */
export function httpPeer(url: string): GraphExecutor {
  return {
    async execute({ query, operationName, variables, headers, signal }) {
      const timeout = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query, operationName, variables }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      return (await response.json()) as GraphAnswer
    },
  }
}
