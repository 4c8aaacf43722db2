import type { GraphQLFormattedError } from 'graphql'
import type { WebSocket } from 'ws'
import { type CallerReading, hasRunOut } from '../identity/caller-reader.ts'
import type { Headers } from '../identity/forwarded-headers.ts'
import type { Outlet } from './outlets.ts'
import { type Push, textFrame } from './push.ts'
import type { Subscriber, Subscription } from './subscriber.ts'

export const CLOSE_CODES = {
  badRequest: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  initTimeout: 4408,
  idInUse: 4409,
  tooSlow: 4413,
  tooManyInits: 4429,
} as const

const SUBSCRIPTIONS_MAX = 100
const ID_CHARACTERS_MAX = 200
/** As long as a reader that was told to go may take to hear it. */
const GOODBYE_MILLISECONDS = 2_000

export interface SessionOptions {
  readonly outlet: Outlet
  readonly subscriber: Subscriber
  readonly bufferBytesMax: number
  /** Headers of the request that opened the socket; a token in `connection_init` goes before theirs. */
  readonly openingHeaders: Headers
  readonly address: string
  readonly dropped: () => void
  readonly admitted: (caller: CallerReading) => boolean
}

/** One client of the graphql-transport-ws protocol. */
export class SocketSession {
  readonly #socket: WebSocket
  readonly #options: SessionOptions
  readonly #subscriptions = new Map<string, Subscription>()
  #headers: Headers
  #caller: CallerReading | undefined
  #hasInitialised = false

  constructor(socket: WebSocket, options: SessionOptions) {
    this.#socket = socket
    this.#options = options
    this.#headers = options.openingHeaders
  }

  get hasInitialised(): boolean {
    return this.#hasInitialised
  }

  get caller(): CallerReading | undefined {
    return this.#caller
  }

  async receive(text: string): Promise<void> {
    const message = parseMessage(text)
    if (!message) return this.close(CLOSE_CODES.badRequest, 'Invalid message')
    switch (message.type) {
      case 'connection_init':
        return this.#init(message.payload)
      case 'ping':
        return this.#ping(message.payload)
      case 'pong':
        return
      case 'subscribe':
        return this.#subscribe(message.id, message.payload)
      case 'complete':
        if (message.id !== undefined) this.#forget(message.id)
        return
      default:
        return this.close(CLOSE_CODES.badRequest, 'Invalid message type')
    }
  }

  /** Reads the token again: it may have run out, or its sign-in may have ended. */
  async check(): Promise<void> {
    if (!this.#hasInitialised) return
    const caller = await this.#options.subscriber.read(this.#headers)
    if (caller.kind === 'refused' || hasRunOut(caller, Date.now())) this.close(CLOSE_CODES.forbidden, 'Forbidden')
    else this.#caller = caller
  }

  close(code: number, reason: string): void {
    this.#options.outlet.flush()
    this.#socket.close(code, reason)
    const timer = setTimeout(() => this.#socket.terminate(), GOODBYE_MILLISECONDS)
    timer.unref()
  }

  /** Leaves everything it has joined; called when the socket is gone. */
  end(): void {
    for (const subscription of this.#subscriptions.values()) subscription.leave()
    this.#subscriptions.clear()
  }

  async #init(payload: unknown): Promise<void> {
    if (this.#hasInitialised) return this.close(CLOSE_CODES.tooManyInits, 'Too many initialisation requests')
    this.#hasInitialised = true
    const token = tokenIn(payload)
    if (token !== undefined) this.#headers = { ...this.#headers, authorization: token }
    const caller = await this.#options.subscriber.read(this.#headers)
    if (caller.kind === 'refused') return this.close(CLOSE_CODES.forbidden, 'Forbidden')
    this.#caller = caller
    if (!this.#options.admitted(caller)) return this.close(CLOSE_CODES.forbidden, 'Too many sockets')
    this.#send('{"type":"connection_ack"}')
  }

  /**
   * A ping may carry a fresh token, so that a socket outlives the one it was opened with. It must be one of the same
   * caller with the same rights: what runs on the socket was let in for these, and is shared with others of the same.
   */
  async #ping(payload: unknown): Promise<void> {
    const token = this.#hasInitialised ? tokenIn(payload) : undefined
    if (token !== undefined) {
      const headers = { ...this.#headers, authorization: token }
      const caller = await this.#options.subscriber.read(headers)
      if (!isSameCaller(caller, this.#caller)) return this.close(CLOSE_CODES.forbidden, 'Forbidden')
      this.#headers = headers
      this.#caller = caller
    }
    this.#send('{"type":"pong"}')
  }

  async #subscribe(id: string | undefined, payload: unknown): Promise<void> {
    if (!this.#caller) return this.close(CLOSE_CODES.unauthorized, 'Unauthorized')
    if (id === undefined || id.length > ID_CHARACTERS_MAX) return this.close(CLOSE_CODES.badRequest, 'Invalid message')
    if (this.#subscriptions.has(id)) return this.close(CLOSE_CODES.idInUse, `Subscriber for ${id} already exists`)
    const idText = JSON.stringify(id)
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      const message = `A socket carries no more than ${SUBSCRIPTIONS_MAX} subscriptions.`
      return this.#sendErrors(idText, [{ message, extensions: { code: 'TOO_MANY_REQUESTS' } }])
    }
    const head = Buffer.from(`{"id":${idText},"type":"next","payload":`)
    // A token that nobody here reads cannot be known to be of the same caller: what it began stays with it.
    const began = this.#headers
    const headers = this.#caller.kind === 'caller' ? () => this.#headers : () => began
    // Taken at once, so that the id is in use while the operation is being prepared.
    const subscription: Subscription = { leave: () => undefined }
    this.#subscriptions.set(id, subscription)
    await this.#options.subscriber.begin(
      payload,
      {
        caller: this.#caller,
        headers,
        currentCaller: () => this.#caller,
        address: this.#options.address,
      },
      {
        joined: leave => {
          if (this.#subscriptions.get(id) === subscription) subscription.leave = leave
          else leave()
        },
        next: push => this.#push(push, head),
        error: errors => {
          if (this.#subscriptions.delete(id)) this.#sendErrors(idText, errors)
        },
        complete: () => {
          if (this.#subscriptions.delete(id)) this.#send(`{"id":${idText},"type":"complete"}`)
        },
      },
    )
  }

  #forget(id: string): void {
    const subscription = this.#subscriptions.get(id)
    this.#subscriptions.delete(id)
    subscription?.leave()
  }

  #sendErrors(idText: string, errors: readonly GraphQLFormattedError[]): void {
    this.#send(`{"id":${idText},"type":"error","payload":${JSON.stringify(errors)}}`)
  }

  #send(text: string): void {
    if (this.#mayWrite()) this.#options.outlet.send(textFrame(text))
  }

  #push(push: Push, head: Buffer): void {
    if (this.#mayWrite()) for (const frame of push.framesBehind(head)) this.#options.outlet.send(frame)
  }

  /** A reader for whom too much waits is told so, as far as it will ever read it, and let go. */
  #mayWrite(): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false
    const { outlet, bufferBytesMax } = this.#options
    if (outlet.bufferedBytes <= bufferBytesMax) return true
    // what this turn has gathered says nothing of the reader; what the system does not take does
    outlet.flush()
    if (outlet.bufferedBytes <= bufferBytesMax) return true
    this.#options.dropped()
    this.end()
    this.close(CLOSE_CODES.tooSlow, 'Too slow')
    return false
  }
}

interface Message {
  readonly type: unknown
  readonly id: string | undefined
  readonly payload: unknown
}

/** The token that came as `authorization`, by itself or among `headers`. */
function tokenIn(payload: unknown): string | undefined {
  const given = (payload ?? {}) as Record<string, unknown>
  const nested = (given.headers ?? {}) as Record<string, unknown>
  const token = given.authorization ?? given.Authorization ?? nested.authorization ?? nested.Authorization
  return typeof token === 'string' && token !== '' ? token : undefined
}

function isSameCaller(caller: CallerReading, before: CallerReading | undefined): boolean {
  if (caller.kind !== 'caller' || before?.kind !== 'caller') return caller.kind === before?.kind
  return caller.tenantId === before.tenantId && caller.subject === before.subject && caller.scope === before.scope
}

function parseMessage(text: string): Message | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined
    const { type, id, payload } = parsed as Record<string, unknown>
    return { type, payload, id: typeof id === 'string' && id !== '' ? id : undefined }
  } catch {
    return undefined
  }
}
