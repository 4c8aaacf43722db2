import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** So many sockets are written to before everything else has its turn: a crowd of readers must not hold up a sale. */
const WRITTEN_AT_ONCE = 1_000

/**
 * What waits to be written to sockets. All that a turn of the event loop brings for a socket leaves it in one write,
 * so that readers of many or fast streams cost a system call for each turn and not for each message.
 */
export class Outlets {
  #queue: (Outlet | (() => void))[] = []
  #next = 0
  #isScheduled = false

  open(webSocket: WebSocket, socket: Duplex): Outlet {
    return new Outlet(webSocket, socket, this)
  }

  /** Calls back once everything that waits now has been written. */
  afterwards(call: () => void): void {
    if (this.#isScheduled) this.#queue.push(call)
    else call()
  }

  /** To be called by an outlet that has something to write and is not in the queue yet. */
  enqueue(outlet: Outlet): void {
    this.#queue.push(outlet)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#write)
  }

  readonly #write = (): void => {
    const end = Math.min(this.#next + WRITTEN_AT_ONCE, this.#queue.length)
    while (this.#next < end) {
      const one = this.#queue[this.#next++]
      if (typeof one === 'function') one()
      else one?.flush()
    }
    if (this.#next < this.#queue.length) {
      setImmediate(this.#write)
      return
    }
    this.#queue = []
    this.#next = 0
    this.#isScheduled = false
  }
}

/** The way out to one socket, for whole frames that are written past the library that reads the socket. */
export class Outlet {
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  readonly #outlets: Outlets
  #first: Buffer | undefined
  #more: Buffer[] | undefined
  #waitingBytes = 0

  constructor(webSocket: WebSocket, socket: Duplex, outlets: Outlets) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#outlets = outlets
  }

  /** What was sent and has not been taken by the system yet. */
  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#waitingBytes
  }

  send(frame: Buffer): void {
    if (this.#first === undefined) {
      this.#first = frame
      this.#outlets.enqueue(this)
    } else if (this.#more === undefined) this.#more = [frame]
    else this.#more.push(frame)
    this.#waitingBytes += frame.length
  }

  /** Writes what waits; called by the queue, and before anything that must come after it. */
  flush(): void {
    const [first, more] = [this.#first, this.#more]
    if (first === undefined) return
    this.#first = undefined
    this.#more = undefined
    this.#waitingBytes = 0
    // nothing may follow the frame that closes a socket
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return
    if (more === undefined) {
      this.#socket.write(first)
      return
    }
    this.#socket.cork()
    this.#socket.write(first)
    for (const frame of more) this.#socket.write(frame)
    this.#socket.uncork()
  }
}
