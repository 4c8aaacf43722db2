import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from '@tillgraph/kit/log'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Cors } from '../http/cors.ts'
import { requestIdOf } from '../http/request-id.ts'
import type { CallerReading } from '../identity/caller-reader.ts'
import { clientAddressOf, markClientAddress } from '../identity/client-address.ts'
import type { HeaderForwarding } from '../identity/forwarded-headers.ts'
import type { Limits } from '../operations/limits.ts'
import type { Outlets } from './outlets.ts'
import { CLOSE_CODES, SocketSession } from './socket-session.ts'
import type { StreamStatistics } from './statistics.ts'
import type { Subscriber } from './subscriber.ts'

const PROTOCOL = 'graphql-transport-ws'
const INIT_MILLISECONDS = 5_000
const CHECK_MILLISECONDS = 2_000
/** A connection that is gone without a word is noticed after two of these. */
const HEARTBEAT_MILLISECONDS = 30_000
const GOING_AWAY = 1001

export interface SocketServerOptions {
  readonly subscriber: Subscriber
  readonly forwarding: HeaderForwarding
  readonly trustedProxies: number
  readonly cors: Cors
  readonly limits: Limits
  readonly statistics: StreamStatistics
  readonly outlets: Outlets
  readonly log: Logger
}

export function refuseUpgrade(socket: Duplex, refusal: string): void {
  socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

/** Subscriptions over WebSocket, on the same port and path as everything else. */
export class SocketServer {
  readonly #options: SocketServerOptions
  readonly #sockets: WebSocketServer
  readonly #sessions = new Map<WebSocket, SocketSession>()
  readonly #socketsOfCaller = new Map<string, number>()
  readonly #silent = new WeakSet<WebSocket>()
  readonly #checks: NodeJS.Timeout
  readonly #heartbeat: NodeJS.Timeout

  constructor(options: SocketServerOptions) {
    this.#options = options
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.limits.bodyBytes,
      perMessageDeflate: false,
      handleProtocols: protocols => (protocols.has(PROTOCOL) ? PROTOCOL : false),
    })
    this.#checks = setInterval(() => this.#checkTokens(), CHECK_MILLISECONDS)
    this.#checks.unref()
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MILLISECONDS)
    this.#heartbeat.unref()
  }

  stop(): void {
    clearInterval(this.#checks)
    clearInterval(this.#heartbeat)
    for (const session of this.#sessions.values()) session.close(GOING_AWAY, 'Going away')
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusalOf(request)
    if (refusal === undefined) {
      this.#sockets.handleUpgrade(request, socket, head, webSocket => this.#open(webSocket, socket, request))
    } else refuseUpgrade(socket, refusal)
  }

  #refusalOf({ headers }: IncomingMessage): string | undefined {
    const { cors, limits } = this.#options
    // Browsers let any page open a socket anywhere: whether it may is for us to say.
    if (!cors.allows(headers.origin, headers.host)) return '403 Forbidden'
    if (this.#sessions.size >= limits.sockets) return '503 Service Unavailable'
    return headers['sec-websocket-protocol']?.includes(PROTOCOL) ? undefined : '400 Bad Request'
  }

  #open(socket: WebSocket, wire: Duplex, request: IncomingMessage): void {
    const { subscriber, forwarding, limits, statistics, outlets, log } = this.#options
    markClientAddress(request, this.#options.trustedProxies)
    statistics.sockets += 1
    let callerKey: string | undefined
    const session = new SocketSession(socket, {
      outlet: outlets.open(socket, wire),
      subscriber,
      bufferBytesMax: limits.socketBufferBytes,
      openingHeaders: forwarding.pick(request.headers, requestIdOf(request.headers['x-request-id'])),
      address: clientAddressOf(request) ?? 'unknown',
      dropped: () => {
        statistics.drops += 1
      },
      admitted: caller => {
        callerKey = this.#admit(caller)
        return callerKey !== undefined
      },
    })
    this.#sessions.set(socket, session)
    const impatience = setTimeout(() => {
      if (!session.hasInitialised) session.close(CLOSE_CODES.initTimeout, 'Connection initialisation timeout')
    }, INIT_MILLISECONDS)

    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) return session.close(CLOSE_CODES.badRequest, 'Invalid message')
      session.receive(data.toString()).catch(error => {
        log.error({ err: error }, 'A message on a socket failed unforeseen.')
        session.close(4500, 'Internal server error')
      })
    })
    socket.on('pong', () => this.#silent.delete(socket))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearTimeout(impatience)
      session.end()
      this.#sessions.delete(socket)
      if (callerKey !== undefined) this.#release(callerKey)
      statistics.sockets -= 1
    })
  }

  /** Counts a caller's sockets; undefined when there are too many. Who calls without a name is only counted as a whole. */
  #admit(caller: CallerReading): string | undefined {
    if (caller.kind !== 'caller') return ''
    const key = `${caller.tenantId}/${caller.subject}`
    const count = this.#socketsOfCaller.get(key) ?? 0
    if (count >= this.#options.limits.socketsPerCaller) return undefined
    this.#socketsOfCaller.set(key, count + 1)
    return key
  }

  #release(key: string): void {
    const count = (this.#socketsOfCaller.get(key) ?? 0) - 1
    if (count > 0) this.#socketsOfCaller.set(key, count)
    else this.#socketsOfCaller.delete(key)
  }

  #checkTokens(): void {
    for (const session of this.#sessions.values()) {
      session.check().catch(error => {
        this.#options.log.error({ err: error }, 'A token could not be read again.')
        session.close(CLOSE_CODES.forbidden, 'Forbidden')
      })
    }
  }

  #beat(): void {
    for (const socket of this.#sessions.keys()) {
      if (this.#silent.has(socket)) socket.terminate()
      else {
        this.#silent.add(socket)
        socket.ping()
      }
    }
  }
}
