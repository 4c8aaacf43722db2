const HEADERS_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')
const MAX_HEADERS_BYTES = 64 * 1024
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** One HTTP/1.1 message, a request or an answer. */
export interface Message {
  /** The first line and the header lines, as they came. */
  readonly head: string
  readonly body: Buffer
}

/**
 * Cuts what a keep-alive socket delivers into messages. Deliberately small: the load generator and the sample
 * subgraphs share a core, and what they cost must not limit the gateways that are measured.
 */
export class HttpParser {
  #rest: Buffer | undefined

  /** Gives every message that is complete with this chunk; keeps the rest for the next. */
  read(chunk: Buffer, receive: (message: Message) => void): void {
    let buffer = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = undefined
    while (buffer.length > 0) {
      const end = buffer.indexOf(HEADERS_END)
      if (end < 0) {
        if (buffer.length > MAX_HEADERS_BYTES) throw new Error('headers without an end')
        break
      }
      const head = buffer.toString('latin1', 0, end)
      const start = end + HEADERS_END.length
      const framed = isChunked(head) ? readChunks(buffer, start) : readLength(buffer, start, contentLength(head))
      if (framed === undefined) break
      receive({ head, body: framed.body })
      buffer = buffer.subarray(framed.next)
    }
    if (buffer.length > 0) this.#rest = buffer
  }
}

export function header(head: string, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r\\n]*)`, 'i').exec(head)?.[1]
}

interface Framed {
  readonly body: Buffer
  readonly next: number
}

function isChunked(head: string): boolean {
  return /\r\ntransfer-encoding: *chunked/i.test(head)
}

function contentLength(head: string): number {
  const length = Number(header(head, 'content-length') ?? 0)
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_BODY_BYTES)
    throw new Error('a content-length of no use')
  return length
}

function readLength(buffer: Buffer, start: number, length: number): Framed | undefined {
  const next = start + length
  return buffer.length < next ? undefined : { body: buffer.subarray(start, next), next }
}

function readChunks(buffer: Buffer, start: number): Framed | undefined {
  const parts: Buffer[] = []
  let position = start
  for (;;) {
    const lineEnd = buffer.indexOf(LINE_END, position)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(buffer.toString('latin1', position, lineEnd), 16)
    if (!Number.isSafeInteger(size) || size > MAX_BODY_BYTES) throw new Error('a chunk size of no use')
    const data = lineEnd + LINE_END.length
    const next = data + size + LINE_END.length
    if (buffer.length < next) return undefined
    if (size === 0) return { body: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), next }
    parts.push(buffer.subarray(data, data + size))
    position = next
  }
}
