import type { ServerResponse } from 'node:http'
import type { GraphQLFormattedError } from 'graphql'
import { type CallerReading, hasRunOut } from '../identity/caller-reader.ts'
import type { Headers } from '../identity/forwarded-headers.ts'
import { Push } from './push.ts'
import type { StreamStatistics } from './statistics.ts'
import type { Reader, Subscriber } from './subscriber.ts'

const CHECK_MILLISECONDS = 2_000
/** Proxies close connections on which nothing moves. */
const COMMENT_EVERY_CHECKS = 6
/** As long as a reader that was told to go may take to hear it. */
const GOODBYE_MILLISECONDS = 2_000
const TOO_SLOW = new Push(
  '{"errors":[{"message":"This stream was not read fast enough.","extensions":{"code":"TOO_SLOW"}}]}',
)
const EXPIRED = { message: 'The access token has expired.', extensions: { code: 'UNAUTHENTICATED' } }

export interface EventStreamsOptions {
  readonly subscriber: Subscriber
  readonly bufferBytesMax: number
  readonly statistics: StreamStatistics
}

/** Server-sent events by the graphql-sse protocol, each operation on a connection of its own. */
export class EventStreams {
  readonly #options: EventStreamsOptions
  readonly #open = new Set<EventStream>()

  constructor(options: EventStreamsOptions) {
    this.#options = options
  }

  /** What writes the answer, once its head has been sent. */
  writer(payload: unknown, caller: CallerReading, headers: Headers): (response: ServerResponse) => void {
    return response => {
      const stream = new EventStream(response, this.#options, caller, headers)
      this.#open.add(stream)
      this.#options.statistics.eventStreams += 1
      response.on('close', () => {
        this.#open.delete(stream)
        this.#options.statistics.eventStreams -= 1
        stream.end()
      })
      stream.begin(payload)
    }
  }

  /** Breaks all off, without saying that anything is complete: clients come back elsewhere. */
  stop(): void {
    for (const stream of this.#open) stream.breakOff()
  }
}

class EventStream implements Reader {
  readonly #response: ServerResponse
  readonly #options: EventStreamsOptions
  readonly #headers: Headers
  readonly #clock: NodeJS.Timeout
  #caller: CallerReading
  #leave: (() => void) | undefined
  #checks = 0

  constructor(response: ServerResponse, options: EventStreamsOptions, caller: CallerReading, headers: Headers) {
    this.#response = response
    this.#options = options
    this.#caller = caller
    this.#headers = headers
    this.#clock = setInterval(() => void this.#check().catch(() => response.destroy()), CHECK_MILLISECONDS)
    this.#clock.unref()
  }

  begin(payload: unknown): void {
    // The first bytes tell the client, and every proxy on the way, that this is a stream.
    this.#write(':\n\n')
    const headers = () => this.#headers
    this.#options.subscriber
      .begin(payload, { caller: this.#caller, headers, currentCaller: () => this.#caller, address: undefined }, this)
      .catch(() => this.#response.destroy())
  }

  joined(leave: () => void): void {
    this.#leave = leave
    if (this.#isOver()) leave()
  }

  next(push: Push): void {
    this.#write(push.event)
  }

  error(errors: readonly GraphQLFormattedError[]): void {
    this.next(new Push(JSON.stringify({ errors })))
    this.complete()
  }

  complete(): void {
    this.#write('event: complete\ndata: \n\n')
    this.#response.end()
  }

  breakOff(): void {
    this.#response.end()
  }

  end(): void {
    clearInterval(this.#clock)
    this.#leave?.()
  }

  #write(bytes: string | Buffer): void {
    if (this.#isOver()) return
    if (this.#response.writableLength <= this.#options.bufferBytesMax) {
      this.#response.write(bytes)
      return
    }
    // Told so, as far as it will ever read it, and let go.
    this.#options.statistics.drops += 1
    this.#leave?.()
    this.#response.end(`${TOO_SLOW.event}event: complete\ndata: \n\n`)
    setTimeout(() => this.#response.destroy(), GOODBYE_MILLISECONDS).unref()
  }

  /** Reads the token again: it may have run out, or its sign-in may have ended. */
  async #check(): Promise<void> {
    this.#checks += 1
    if (this.#checks % COMMENT_EVERY_CHECKS === 0) this.#write(':\n\n')
    this.#caller = await this.#options.subscriber.read(this.#headers)
    const caller = this.#caller
    if (caller.kind === 'refused') this.error([{ message: caller.message, extensions: { code: caller.code } }])
    else if (hasRunOut(caller, Date.now())) this.error([EXPIRED])
  }

  #isOver(): boolean {
    return this.#response.writableEnded || this.#response.destroyed
  }
}
