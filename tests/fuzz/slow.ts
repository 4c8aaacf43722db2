import { connect, type Socket } from 'node:net'
import type { Origin } from './wire.ts'

const DRIP_MS = 1_000

/** Clients that begin requests and never come to their end, a byte now and then, to keep the server busy waiting. */
export class SlowClients {
  readonly #sockets: Socket[] = []
  readonly #clock: NodeJS.Timeout
  closedByServer = 0

  constructor(origin: Origin, count: number) {
    const head = 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    for (let index = 0; index < count; index++) {
      const socket = connect(origin)
      // Half of them drip their headers, half their bodies.
      socket.once('connect', () => socket.write(index % 2 === 0 ? head : `${head}content-length: 90000\r\n\r\n{`))
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.closedByServer += 1
      })
      socket.resume()
      this.#sockets.push(socket)
    }
    this.#clock = setInterval(() => this.#drip(), DRIP_MS)
  }

  get count(): number {
    return this.#sockets.length
  }

  stop(): void {
    clearInterval(this.#clock)
    for (const socket of this.#sockets) socket.destroy()
  }

  #drip(): void {
    for (const [index, socket] of this.#sockets.entries())
      if (socket.writable) socket.write(index % 2 === 0 ? 'x-slow: 1\r\n' : ' ')
  }
}
