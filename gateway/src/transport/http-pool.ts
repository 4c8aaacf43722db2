import net from 'node:net'
import { type Deadline, Deadlines } from './deadlines.ts'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'
import { TransportError } from './transport.ts'

const CONNECTIONS_MAX = 256
const QUEUE_MAX = 2_000
/**
 * Requests that come up in one turn of the event loop may share a connection and are then written at once: under load
 * most of a gateway's time goes into single writes. Few enough that one slow answer holds up few others.
 */
const PIPELINED_MAX = 8
const SPREAD_OVER_CONNECTIONS = 4
/** Shorter than the five seconds after which Node's own servers hang up on an idle connection. */
const IDLE_MILLISECONDS = 4_000
const IDLE_SAFETY_MILLISECONDS = 1_000
const READ_BYTES = 64 * 1024
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
  readonly answered: (response: HttpResponse) => void
  readonly reject: (error: unknown) => void
  connection: Connection | undefined
  deadline: Deadline | undefined
  repeated: boolean
  isSettled: boolean
}

/** Keep-alive HTTP/1.1 connections to one server. */
export class HttpPool {
  readonly #options: HttpPoolOptions
  readonly #deadlines: Deadlines
  readonly #connections = new Set<Connection>()
  /** The one used last stands last and is taken first, so that spare ones fall idle and are closed. */
  readonly #idle: Connection[] = []
  readonly #queue: Exchange[] = []
  #sweep: NodeJS.Timeout | undefined
  #isScheduled = false
  #stopped = false

  constructor(options: HttpPoolOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.timeoutMilliseconds)
  }

  /** Sends a whole request, head and body, and makes something of the answer while its bytes are there. */
  send<Result>(request: string, repeatable: boolean, read: (response: HttpResponse) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        request,
        repeatable,
        answered: response => {
          try {
            resolve(read(response))
          } catch (error) {
            reject(error)
          }
        },
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
      if (this.#queue.length >= (this.#options.queueMax ?? QUEUE_MAX)) {
        this.#fail(exchange, 'Too many requests wait for a connection.')
        return
      }
      exchange.deadline = this.#deadlines.begin(() => this.#expire(exchange))
      this.#queue.push(exchange)
      if (this.#isScheduled) return
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#dispatch()
      })
    })
  }

  stop(): void {
    this.#stopped = true
    this.#deadlines.stop()
    clearInterval(this.#sweep)
    for (const exchange of this.#queue.splice(0)) this.#fail(exchange, 'The connections are closed.')
    for (const connection of this.#connections) connection.destroy()
  }

  /** Gives what waits to connections. */
  #dispatch(): void {
    const limit = this.#options.connectionsMax ?? CONNECTIONS_MAX
    while (this.#queue.length > 0) {
      const connection = this.#idle.pop() ?? (this.#connections.size < limit ? this.#open() : undefined)
      if (!connection) return
      connection.run(this.#takeBatch())
    }
  }

  /** The more wait, the more share a connection; what must not be repeated travels alone. */
  #takeBatch(): Exchange[] {
    const batch: Exchange[] = []
    const most = Math.min(PIPELINED_MAX, Math.ceil(this.#queue.length / SPREAD_OVER_CONNECTIONS))
    while (batch.length < most) {
      const next = this.#queue[0]
      if (!next || (batch.length > 0 && !next.repeatable)) break
      this.#queue.shift()
      batch.push(next)
      if (!next.repeatable || next.repeated) break
    }
    return batch
  }

  #open(): Connection {
    const connection = new Connection(this.#options, {
      answered: (exchange, response) => {
        this.#settle(exchange)
        exchange.answered(response)
      },
      released: response => this.#release(connection, response),
      closed: (exchanges, reason, isFirstUntouched) => this.#closed(connection, exchanges, reason, isFirstUntouched),
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
    const announced = response.idleMilliseconds
    const idle = announced === undefined ? IDLE_MILLISECONDS : Math.max(0, announced - IDLE_SAFETY_MILLISECONDS)
    connection.idleUntil = Date.now() + idle
    this.#idle.push(connection)
    if (this.#queue.length > 0 && !this.#isScheduled) this.#dispatch()
  }

  #closed(connection: Connection, exchanges: readonly Exchange[], reason: string, isFirstUntouched: boolean): void {
    this.#connections.delete(connection)
    const place = this.#idle.indexOf(connection)
    if (place >= 0) this.#idle.splice(place, 1)
    const again: Exchange[] = []
    exchanges.forEach((exchange, index) => {
      if (exchange.isSettled) return
      // A kept-alive connection that dies under a request without a byte of answer was dead already.
      const isUntouched = index > 0 || isFirstUntouched
      if (isUntouched && exchange.repeatable && !exchange.repeated && !this.#stopped) {
        exchange.repeated = true
        again.push(exchange)
      } else this.#fail(exchange, reason)
    })
    this.#queue.unshift(...again)
    if (!this.#stopped) this.#dispatch()
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
  /** All that was asked is answered; `response` is the last answer. */
  released(response: HttpResponse): void
  /** Gone, with what it still owed; of the first of these some bytes may have come. */
  closed(exchanges: readonly Exchange[], reason: string, isFirstUntouched: boolean): void
}

class Connection {
  idleUntil = 0
  readonly #socket: net.Socket
  readonly #reader = new HttpResponseReader()
  readonly #events: ConnectionEvents
  #exchanges: Exchange[] = []
  #hasAnswered = false
  #reason = 'The connection was closed.'

  constructor({ host, port }: HttpPoolOptions, events: ConnectionEvents) {
    this.#events = events
    this.#socket = net.connect({
      ...{ host, port, noDelay: true, keepAlive: true },
      // Read into one place again and again: a new buffer for each read costs more than what is read.
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (count, bytes) => {
          this.#read((bytes as Buffer).subarray(0, count))
          return true
        },
      },
    })
    this.#socket.on('error', error => {
      this.#reason = error.message
    })
    this.#socket.on('close', () => this.#closed())
  }

  run(exchanges: Exchange[]): void {
    this.#exchanges = exchanges
    let text = ''
    for (const exchange of exchanges) {
      exchange.connection = this
      text += exchange.request
    }
    this.#socket.write(text)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    try {
      let response = this.#reader.read(bytes)
      while (response) {
        this.#answer(response)
        if (!response.keepAlive) {
          this.destroy()
          return
        }
        if (this.#exchanges.length === 0) {
          if (this.#reader.isWithinAnswer) this.destroy()
          else this.#events.released(response)
          return
        }
        response = this.#reader.read()
      }
    } catch (error) {
      this.#reason = error instanceof Error ? error.message : String(error)
      this.destroy()
    }
  }

  #answer(response: HttpResponse): void {
    this.#hasAnswered = true
    const exchange = this.#exchanges.shift()
    if (exchange && !exchange.isSettled) this.#events.answered(exchange, response)
  }

  #closed(): void {
    const last = this.#exchanges.length > 0 ? this.#reader.end() : undefined
    if (last) this.#answer(last)
    const exchanges = this.#exchanges
    this.#exchanges = []
    this.#events.closed(exchanges, this.#reason, this.#hasAnswered && !this.#reader.isWithinAnswer)
  }
}
