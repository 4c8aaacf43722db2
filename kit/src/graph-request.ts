/** What travels from a gateway to a subgraph, whether over a socket or within one process. */
export interface GraphRequest {
  readonly query: string
  readonly operationName?: string | undefined
  readonly variables?: Readonly<Record<string, unknown>> | undefined
  /** What is forwarded of the caller's request: lower-case header names (authorization, x-request-id, …). */
  readonly headers: Readonly<Record<string, string>>
  /** Aborted when the caller has gone or time is up. */
  readonly signal?: AbortSignal | undefined
}

/** A GraphQL answer as plain values. The receiver owns it and may change it. */
export interface GraphAnswer {
  data?: Record<string, unknown> | null | undefined
  errors?: readonly GraphAnswerError[] | undefined
  extensions?: Record<string, unknown> | undefined
}

export interface GraphAnswerError {
  readonly message: string
  readonly path?: readonly (string | number)[] | undefined
  readonly locations?: readonly { readonly line: number; readonly column: number }[] | undefined
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/** Whoever can answer queries and mutations: a subgraph of this process, or a client of one elsewhere. */
export interface GraphExecutor {
  execute(request: GraphRequest): Promise<GraphAnswer>
}

/** Whoever can answer all GraphQL requests. */
export interface GraphService extends GraphExecutor {
  /** One answer per event; returning from the iteration ends the subscription upstream. */
  subscribe(request: GraphRequest): AsyncIterable<GraphAnswer>
}

/** A plain HTTP exchange (token endpoint, key set, webhooks) that a subgraph serves beside its graph. */
export interface HttpExchange {
  readonly method: string
  readonly path: string
  readonly search: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  handle(exchange: HttpExchange): Promise<HttpAnswer>
}
