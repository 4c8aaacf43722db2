import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HttpRoute } from '@tillgraph/kit/graph-request'
import type { Logger } from '@tillgraph/kit/log'
import { Graphiql } from './graphiql/graphiql.ts'
import { type Answer, errorAnswer, JSON_CONTENT, sendAnswer } from './http/answer.ts'
import type { Cors } from './http/cors.ts'
import { requestIdOf } from './http/request-id.ts'
import { answerRoute } from './http/routes.ts'
import { clientAddressOf, markClientAddress } from './identity/client-address.ts'
import { type RateLimiter, tooManyAnswer } from './limiting/rate-limiter.ts'
import type { Limits } from './operations/limits.ts'
import { refuseUpgrade } from './subscriptions/socket-server.ts'
import { type Deadline, Deadlines } from './transport/deadlines.ts'

const HEADERS_MILLISECONDS = 10_000
const BODY_MILLISECONDS = 20_000
const KEEP_ALIVE_MILLISECONDS = 65_000
const STALLED_LOOK_MILLISECONDS = 2_000
const HEADER_BYTES_MAX = 16 * 1024
const DRAIN_MILLISECONDS = 10_000

/** Answers what is asked at one path. */
export type PathHandler = (request: IncomingMessage, requestId: string, search: string) => Promise<Answer>

export interface ServedPath {
  readonly path: string
  readonly answer: PathHandler
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export interface GatewayServerOptions {
  readonly served: readonly ServedPath[]
  readonly graphiql: Graphiql | undefined
  readonly routes: readonly HttpRoute[]
  readonly cors: Cors
  readonly limits: Limits
  readonly limiter: RateLimiter | undefined
  /** How many proxies of ours stand in front. */
  readonly trustedProxies: number
  readonly production: boolean
  readonly log: Logger
}

/** The public port: routing, dressing of answers, limits on slow and greedy clients, and an orderly end. */
export class GatewayServer {
  readonly http: http.Server
  readonly #options: GatewayServerOptions
  readonly #served: ReadonlyMap<string, ServedPath>
  readonly #routes: ReadonlyMap<string, HttpRoute>
  readonly #deadlines: Deadlines
  #running = 0
  #draining = false
  #whenIdle: (() => void) | undefined

  constructor(options: GatewayServerOptions) {
    this.#options = options
    this.#served = new Map(options.served.map(served => [served.path, served]))
    this.#routes = new Map(options.routes.map(route => [`${route.method} ${route.path}`, route]))
    this.#deadlines = new Deadlines(options.limits.requestMilliseconds)
    this.http = http.createServer(
      {
        headersTimeout: HEADERS_MILLISECONDS,
        requestTimeout: BODY_MILLISECONDS,
        keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
        connectionsCheckingInterval: STALLED_LOOK_MILLISECONDS,
        maxHeaderSize: HEADER_BYTES_MAX,
        noDelay: true,
      },
      (request, response) => this.#handle(request, response),
    )
    this.http.maxConnections = options.limits.connections
    this.http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  get isDraining(): boolean {
    return this.#draining
  }

  get address(): AddressInfo | undefined {
    const address = this.http.address()
    return typeof address === 'object' && address !== null ? address : undefined
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject)
      this.http.listen(port, host, () => {
        this.http.off('error', reject)
        resolve()
      })
    })
  }

  /** Takes no more connections, lets what runs come to its end within a bound, and closes everything. */
  async drain(): Promise<void> {
    this.#draining = true
    if (!this.http.listening) return
    const closed = new Promise<void>(resolve => this.http.close(() => resolve()))
    this.http.closeIdleConnections()
    if (this.#running > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, DRAIN_MILLISECONDS)
        this.#whenIdle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    // The answers just given are still on their way out of the sockets.
    setImmediate(() => this.http.closeIdleConnections())
    const patience = setTimeout(() => this.http.closeAllConnections(), 1_000)
    await closed
    clearTimeout(patience)
    this.#deadlines.stop()
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    markClientAddress(request, this.#options.trustedProxies)
    this.#running += 1
    const requestId = requestIdOf(request.headers['x-request-id'])
    const begin = this.#options.log.isLevelEnabled('debug') ? performance.now() : 0
    const deadline: Deadline = this.#deadlines.begin(() => {
      this.#options.log.error({ requestId, url: request.url }, 'The request took too long.')
      this.#send(request, response, requestId, errorAnswer(504, 'TIMED_OUT', 'The request took too long.'))
    })
    response.on('close', () => {
      this.#deadlines.end(deadline)
      this.#running -= 1
      if (begin) this.#logRequest(request, response, requestId, begin)
      if (this.#running === 0) this.#whenIdle?.()
    })
    this.#route(request, requestId).then(
      answer => {
        // A stream takes as long as it takes, and does not hold up an orderly end: whoever writes it closes it.
        if (answer.stream) this.#deadlines.end(deadline)
        this.#send(request, response, requestId, answer)
      },
      error => {
        this.#options.log.error({ requestId, err: error }, 'A request failed unforeseen.')
        const answer = errorAnswer(500, 'INTERNAL_SERVER_ERROR', 'Internal server error')
        this.#send(request, response, requestId, answer)
      },
    )
  }

  #route(request: IncomingMessage, requestId: string): Promise<Answer> {
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    const search = mark < 0 ? '' : url.slice(mark)
    if (request.method === 'OPTIONS') return Promise.resolve(this.#preflight(request))
    const { graphiql, served } = this.#options
    const handler = this.#served.get(path)
    if (graphiql && Graphiql.isWantedBy(request) && (handler === served[0] || path === '/graphiql'))
      return graphiql.page()
    if (handler) return handler.answer(request, requestId, search)
    if (graphiql && Graphiql.isAsset(path)) return graphiql.asset(path)
    if (path === '/health') return Promise.resolve(stateAnswer(200, 'ok'))
    if (path === '/ready')
      return Promise.resolve(this.#draining ? stateAnswer(503, 'draining') : stateAnswer(200, 'ready'))
    const route = this.#routes.get(`${request.method} ${path}`)
    if (route) return this.#answerRoute(route, request, path, search)
    request.resume()
    return Promise.resolve(errorAnswer(404, 'NOT_FOUND', 'There is nothing at this address.'))
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const served = this.#served.get(request.url?.split('?')[0] ?? '')
    if (served) served.upgrade(request, socket, head)
    else refuseUpgrade(socket, '404 Not Found')
  }

  /** Who calls is for the route to find out: here its requests are counted by where they come from. */
  async #answerRoute(route: HttpRoute, request: IncomingMessage, path: string, search: string): Promise<Answer> {
    const { limits, limiter } = this.#options
    const tooMany = await limiter?.admitAddress(clientAddressOf(request))
    if (!tooMany) return answerRoute(route, request, path, search, limits.bodyBytes)
    request.resume()
    return tooManyAnswer(tooMany)
  }

  #preflight(request: IncomingMessage): Answer {
    request.resume()
    return { status: 204, contentType: JSON_CONTENT, body: '', headers: this.#options.cors.preflightHeaders(request) }
  }

  #send(request: IncomingMessage, response: ServerResponse, requestId: string, answer: Answer): void {
    sendAnswer(response, answer, {
      requestId,
      corsHeaders: this.#options.cors.headersFor(request),
      production: this.#options.production,
      closing: this.#draining,
    })
  }

  #logRequest(request: IncomingMessage, response: ServerResponse, requestId: string, begin: number): void {
    this.#options.log.debug(
      {
        requestId,
        method: request.method,
        path: request.url?.split('?')[0],
        status: response.statusCode,
        milliseconds: Math.round((performance.now() - begin) * 10) / 10,
      },
      'request',
    )
  }
}

function stateAnswer(status: number, state: string): Answer {
  return { status, contentType: JSON_CONTENT, body: `${JSON.stringify({ status: state })}\n` }
}
