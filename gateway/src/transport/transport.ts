import type { GraphAnswer, GraphRequest } from '@tillgraph/kit/graph-request'
import type { Headers } from '../identity/forwarded-headers.ts'

/** A subgraph within reach of a function call: requests and answers stay values. */
export interface ValueTransport {
  readonly form: 'value'
  send(request: GraphRequest): Promise<GraphAnswer>
  subscribe(request: GraphRequest): AsyncIterable<GraphAnswer>
}

/** A subgraph behind a socket: the body is put together as text, once, where it is known best. */
export interface TextTransport {
  readonly form: 'text'
  /** A `repeatable` request may be sent again when a kept-alive connection turns out to be dead. */
  send(body: string, headers: Headers, repeatable: boolean): Promise<GraphAnswer>
  /**
   * Offers the bytes of a good answer before they are read, which is most of what an answer costs: what is not taken
   * (undefined) is read. They must not be kept. Missing where bytes are not to be had.
   */
  sendUnread?<Taken>(
    body: string,
    headers: Headers,
    repeatable: boolean,
    take: (bytes: Buffer) => Taken | undefined,
  ): Promise<Taken | GraphAnswer>
  subscribe(request: GraphRequest): AsyncIterable<GraphAnswer>
}

export type Transport = ValueTransport | TextTransport

export type TransportFailure = 'SERVICE_UNAVAILABLE' | 'TIMED_OUT'

/** A subgraph could not be asked. The message is for the log; clients are told the code. */
export class TransportError extends Error {
  readonly code: TransportFailure

  constructor(code: TransportFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransportError'
    this.code = code
  }
}
