import type { GraphService } from '@tillgraph/kit/graph-request'
import { createLog } from '@tillgraph/kit/log'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway.ts'

export interface StartedGateway extends AsyncDisposable {
  readonly gateway: Gateway
  readonly url: string
  ask(
    query: string,
    variables?: unknown,
    more?: RequestInit,
  ): Promise<{ status: number; body: GraphBody; headers: Headers }>
}

export interface GraphBody {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly data?: any
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly errors?: any[]
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly extensions?: any
}

/** A gateway on a free port that is gone with the scope it stands in. */
export async function startGateway(
  sdl: string,
  services: ReadonlyMap<string, GraphService> = new Map(),
  options: Partial<GatewayOptions> = {},
): Promise<StartedGateway> {
  const log = options.log ?? createLog('gateway', (process.env.LOG_LEVEL as 'silent') ?? 'silent')
  const gateway = await createGateway({ supergraph: { sdl }, services, production: false, ...options, log })
  await gateway.listen(0, '127.0.0.1')
  const url = `http://127.0.0.1:${gateway.address?.port}${options.path ?? '/graphql'}`
  return {
    gateway,
    url,
    ask: async (query, variables, more) => {
      const response = await fetch(url, {
        method: 'POST',
        body: JSON.stringify({ query, variables }),
        ...more,
        headers: { 'content-type': 'application/json', ...(more?.headers as Record<string, string>) },
      })
      return { status: response.status, body: (await response.json()) as GraphBody, headers: response.headers }
    },
    [Symbol.asyncDispose]: () => gateway.stop(),
  }
}
