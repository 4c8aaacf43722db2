import { connect, type Socket } from 'node:net'
import { HttpParser, type Message } from './http-parser.ts'

const ANSWER_TIMEOUT_MS = 30_000

export interface Answer extends Message {
  readonly status: number
}

/** One keep-alive connection that carries one request at a time, as one shopper's does. */
export class Connection {
  readonly #hostname: string
  readonly #port: number
  readonly #host: string
  #socket: Socket | undefined
  #waiting: { resolve(answer: Answer): void; reject(reason: Error): void } | undefined

  constructor(origin: string) {
    const url = new URL(origin)
    if (url.hostname !== '127.0.0.1') throw new Error(`load goes to this machine only, not to ${url.hostname}`)
    this.#hostname = url.hostname
    this.#port = Number(url.port)
    this.#host = url.host
  }

  /** A request as bytes; prepare what is sent again and again once. */
  prepare(path: string, headers: Readonly<Record<string, string>>, body: string): Buffer {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const length = Buffer.byteLength(body)
    const head = `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: application/json\r\naccept: application/json\r\ncontent-length: ${length}\r\n`
    return Buffer.from(`${head}${lines.join('')}\r\n${body}`)
  }

  async send(request: Buffer): Promise<Answer> {
    const socket = this.#socket ?? (await this.#open())
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      socket.write(request)
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #open(): Promise<Socket> {
    const parser = new HttpParser()
    const socket = connect({ host: this.#hostname, port: this.#port, noDelay: true })
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)))
    socket.on('data', chunk => {
      try {
        parser.read(chunk, message => this.#receive(message))
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    let reason = new Error('the server closed the connection')
    socket.on('error', error => {
      reason = error
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
      this.#waiting?.reject(reason)
      this.#waiting = undefined
    })
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('connect', () => {
        this.#socket = socket
        resolve(socket)
      })
    })
  }

  #receive(message: Message): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ ...message, status: Number(message.head.slice(9, 12)) })
  }
}
