import { connect } from 'node:net'

/** A server that has not answered by then has not answered. */
const ANSWER_TIMEOUT_MS = 20_000
const ANSWER_BYTES_MAX = 4_000_000

export interface Origin {
  readonly host: string
  readonly port: number
}

export interface WireAnswer {
  /** 0 where the connection was closed without an answer. */
  readonly status: number
  readonly head: string
  readonly body: string
  readonly milliseconds: number
}

export function originOf(url: string): Origin {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

/** Sends bytes as they are, over a connection of their own, and takes whatever comes back until it is closed. */
export function exchange({ host, port }: Origin, bytes: Buffer): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const parts: Buffer[] = []
    let received = 0
    let started = 0
    const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)), ANSWER_TIMEOUT_MS)
    let failure: Error | undefined
    socket.once('connect', () => {
      started = performance.now()
      socket.write(bytes)
    })
    socket.on('data', part => {
      parts.push(part)
      received += part.length
      if (received > ANSWER_BYTES_MAX) socket.destroy(new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`))
    })
    socket.on('error', error => {
      failure = error
    })
    socket.on('close', () => {
      clearTimeout(timer)
      // a server that refuses early may cut off what is still being sent to it
      const isCut = failure !== undefined && 'code' in failure && ['ECONNRESET', 'EPIPE'].includes(String(failure.code))
      if (failure && !isCut) return reject(failure)
      resolve(read(Buffer.concat(parts).toString('utf8'), performance.now() - started))
    })
  })
}

function read(text: string, milliseconds: number): WireAnswer {
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0)
  return { status, head, body: end < 0 ? '' : text.slice(end + 4), milliseconds }
}

export type HeaderLines = Readonly<Record<string, string>>

/** A request as bytes. The connection is closed after it, so that the end of the answer is its end. */
export function requestBytes(method: string, target: string, headers: HeaderLines, body: string | Buffer = ''): Buffer {
  const content = typeof body === 'string' ? Buffer.from(body) : body
  const all: Record<string, string> = { host: 'localhost', connection: 'close', ...headers }
  if (method === 'POST' && all['content-length'] === undefined) all['content-length'] = String(content.length)
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), content])
}
