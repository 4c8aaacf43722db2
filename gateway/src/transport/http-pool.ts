import net from 'node:net'
import { type Deadline, Deadlines } from './deadlines.ts'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'
import { TransportError } from './transport.ts'

const CONNECTIONS_MAX = 256
const QUEUE_MAX = 2_000
/** Shorter than the five seconds after which Node's own servers hang up on an idle connection. */
const IDLE_MILLISECONDS = 4_000
const IDLE_SAFETY_MILLISECONDS = 1_000
const IDLE_LOOK_MILLISECONDS = 1_000

export interface HttpPoolOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMilliseconds: number
  readonly connectionsMax?: number
  readonly queueMax?: number
}

interface Exchange {
  readonly request: string
  readonly repeatable: boolean
  readonly resolve: (response: HttpResponse) => void
  readonly reject: (error: TransportError) => void
  connection: Connection | undefined
  deadline: Deadline | undefined
  repeated: boolean
  isSettled: boolean
}

/** Keep-alive HTTP/1.1 connections to one server; each carries one request at a time. */
export class HttpPool {
  readonly #options: HttpPoolOptions
  readonly #deadlines: Deadlines
  readonly #connections = new Set<Connection>()
  /** The one used last stands last and is taken first, so that spare ones fall idle and are closed. */
  readonly #idle: Connection[] = []
  readonly #queue: Exchange[] = []
  #sweep: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: HttpPoolOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.timeoutMilliseconds)
  }

  /** Sends a whole request, head and body. */
  send(request: string, repeatable: boolean): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        request,
        repeatable,
        resolve,
        reject,
        connection: undefined,
        deadline: undefined,
        repeated: false,
        isSettled: false,
      }
      if (this.#stopped) {
        this.#fail(exchange, 'The connections are closed.')
        return
      }
      exchange.deadline = this.#deadlines.begin(() => this.#expire(exchange))
      this.#start(exchange)
    })
  }

  stop(): void {
    this.#stopped = true
    this.#deadlines.stop()
    clearInterval(this.#sweep)
    for (const exchange of this.#queue.splice(0)) this.#fail(exchange, 'The connections are closed.')
    for (const connection of this.#connections) connection.destroy()
  }

  #start(exchange: Exchange): void {
    const connection = this.#idle.pop()
    if (connection) this.#run(connection, exchange)
    else if (this.#connections.size < (this.#options.connectionsMax ?? CONNECTIONS_MAX))
      this.#run(this.#open(), exchange)
    else if (this.#queue.length < (this.#options.queueMax ?? QUEUE_MAX)) this.#queue.push(exchange)
    else this.#fail(exchange, 'Too many requests wait for a connection.')
  }

  #run(connection: Connection, exchange: Exchange): void {
    exchange.connection = connection
    connection.run(exchange)
  }

  #open(): Connection {
    const connection = new Connection(this.#options, {
      answered: (exchange, response) => {
        this.#settle(exchange)
        exchange.resolve(response)
        this.#release(connection, response)
      },
      closed: (exchange, reason, isUntouched) => this.#closed(connection, exchange, reason, isUntouched),
    })
    this.#connections.add(connection)
    this.#sweep ??= setInterval(() => this.#closeIdle(), IDLE_LOOK_MILLISECONDS)
    this.#sweep.unref()
    return connection
  }

  #release(connection: Connection, response: HttpResponse): void {
    if (!response.keepAlive || this.#stopped) {
      connection.destroy()
      return
    }
    const waiting = this.#queue.shift()
    if (waiting) {
      this.#run(connection, waiting)
      return
    }
    const announced = response.idleMilliseconds
    const idle = announced === undefined ? IDLE_MILLISECONDS : Math.max(0, announced - IDLE_SAFETY_MILLISECONDS)
    connection.idleUntil = Date.now() + idle
    this.#idle.push(connection)
  }

  #closed(connection: Connection, exchange: Exchange | undefined, reason: string, isUntouched: boolean): void {
    this.#connections.delete(connection)
    const place = this.#idle.indexOf(connection)
    if (place >= 0) this.#idle.splice(place, 1)
    if (exchange && !exchange.isSettled) {
      // A kept-alive connection that dies under a request without a byte of answer was dead already.
      if (isUntouched && exchange.repeatable && !exchange.repeated && !this.#stopped) {
        exchange.repeated = true
        this.#run(this.#open(), exchange)
      } else this.#fail(exchange, reason)
    }
    if (this.#stopped || this.#connections.size >= (this.#options.connectionsMax ?? CONNECTIONS_MAX)) return
    const waiting = this.#queue.shift()
    if (waiting) this.#run(this.#open(), waiting)
  }

  #expire(exchange: Exchange): void {
    if (exchange.isSettled) return
    exchange.deadline = undefined
    const place = this.#queue.indexOf(exchange)
    if (place >= 0) this.#queue.splice(place, 1)
    exchange.isSettled = true
    exchange.reject(new TransportError('TIMED_OUT', `No answer within ${this.#options.timeoutMilliseconds} ms.`))
    exchange.connection?.destroy()
  }

  #fail(exchange: Exchange, reason: string): void {
    this.#settle(exchange)
    exchange.reject(new TransportError('SERVICE_UNAVAILABLE', reason))
  }

  #settle(exchange: Exchange): void {
    exchange.isSettled = true
    if (exchange.deadline) this.#deadlines.end(exchange.deadline)
  }

  #closeIdle(): void {
    const now = Date.now()
    const old = this.#idle.filter(connection => connection.idleUntil <= now)
    for (const connection of old) connection.destroy()
    if (this.#connections.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }
}

interface ConnectionEvents {
  answered(exchange: Exchange, response: HttpResponse): void
  closed(exchange: Exchange | undefined, reason: string, isUntouched: boolean): void
}

class Connection {
  idleUntil = 0
  readonly #socket: net.Socket
  readonly #reader = new HttpResponseReader()
  readonly #events: ConnectionEvents
  #exchange: Exchange | undefined
  #hasAnswered = false
  #reason = 'The connection was closed.'

  constructor({ host, port }: HttpPoolOptions, events: ConnectionEvents) {
    this.#events = events
    this.#socket = net.connect({ host, port, noDelay: true, keepAlive: true })
    this.#socket.on('data', bytes => this.#read(bytes))
    this.#socket.on('error', error => {
      this.#reason = error.message
    })
    this.#socket.on('close', () => this.#closed())
  }

  run(exchange: Exchange): void {
    this.#exchange = exchange
    this.#socket.write(exchange.request)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    const exchange = this.#exchange
    if (!exchange) {
      this.destroy()
      return
    }
    try {
      const response = this.#reader.read(bytes)
      if (!response) return
      this.#answer(exchange, response)
    } catch (error) {
      this.#reason = error instanceof Error ? error.message : String(error)
      this.destroy()
    }
  }

  #answer(exchange: Exchange, response: HttpResponse): void {
    this.#exchange = undefined
    this.#hasAnswered = true
    this.#events.answered(exchange, response)
  }

  #closed(): void {
    const exchange = this.#exchange
    const last = exchange && this.#reader.end()
    if (exchange && last) this.#answer(exchange, last)
    const isUntouched = this.#hasAnswered && !this.#reader.isWithinAnswer
    this.#events.closed(this.#exchange, this.#reason, isUntouched)
  }
}
