/** An answer of a subgraph's HTTP server, as far as a GraphQL client cares. */
export interface HttpResponse {
  readonly status: number
  /** Within the bytes that came: gone when the connection is read again. */
  readonly body: Buffer
  /** Whether the connection can carry another request, and for how long it may lie idle. */
  readonly keepAlive: boolean
  readonly idleMilliseconds: number | undefined
}

export class HttpResponseError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HttpResponseError'
  }
}

const HEAD_BYTES_MAX = 64 * 1024
const BODY_BYTES_MAX = 64 * 1024 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)
const LINE_END = Buffer.from('\r\n')
const CHUNK_LINE_BYTES_MAX = 1024

interface Head {
  readonly status: number
  readonly keepAlive: boolean
  readonly idleMilliseconds: number | undefined
  readonly length: 'chunked' | 'until close' | number
}

/** Reads answers from the bytes of one connection, one at a time. Throws an HttpResponseError on what is no HTTP/1. */
export class HttpResponseReader {
  #pending: Buffer | undefined
  #head: Head | undefined
  #parts: Buffer[] = []
  #partBytes = 0
  /** Of an answer of known length that does not come at once. */
  #whole: Buffer | undefined

  /** Whether any byte of an answer has come that is not complete yet. */
  get isWithinAnswer(): boolean {
    return this.#pending !== undefined || this.#head !== undefined
  }

  /**
   * Takes in bytes; answers with a response as soon as one is complete. Called without bytes it looks for the next. The
   * bytes may be written over once this has answered with nothing: what is needed of them later is copied.
   */
  read(bytes?: Buffer): HttpResponse | undefined {
    let rest = this.#pending ?? EMPTY
    if (bytes) rest = this.#pending ? Buffer.concat([this.#pending, bytes]) : bytes
    this.#pending = undefined
    while (!this.#head) {
      if (rest.length === 0) return undefined
      const end = rest.indexOf(HEAD_END)
      if (end < 0) {
        if (rest.length > HEAD_BYTES_MAX) throw new HttpResponseError('The head of the answer is too large.')
        this.#pending = Buffer.from(rest)
        return undefined
      }
      const head = parseHead(rest.toString('latin1', 0, end))
      rest = rest.subarray(end + HEAD_END.length)
      // 1xx answers come before the real one and have no body.
      if (head.status >= 200) this.#head = head
    }
    return this.#readBody(this.#head, rest)
  }

  /** The connection was closed: what is complete only then. */
  end(): HttpResponse | undefined {
    if (this.#head?.length !== 'until close') return undefined
    return this.#complete(this.#head, Buffer.concat(this.#parts))
  }

  #readBody(head: Head, bytes: Buffer): HttpResponse | undefined {
    if (head.length === 'chunked') return this.#readChunks(head, bytes)
    if (head.length === 'until close') {
      this.#keep(bytes)
      return undefined
    }
    const missing = head.length - this.#partBytes
    if (bytes.length > missing) this.#pending = bytes.subarray(missing)
    if (bytes.length >= missing && !this.#whole) return this.#complete(head, bytes.subarray(0, missing))
    this.#whole ??= Buffer.allocUnsafe(head.length)
    this.#partBytes += bytes.copy(this.#whole, this.#partBytes)
    return this.#partBytes === head.length ? this.#complete(head, this.#whole) : undefined
  }

  #readChunks(head: Head, bytes: Buffer): HttpResponse | undefined {
    let position = 0
    for (;;) {
      const lineEnd = bytes.indexOf(LINE_END, position)
      if (lineEnd < 0) {
        if (bytes.length - position > CHUNK_LINE_BYTES_MAX) throw new HttpResponseError('A chunk has no size.')
        break
      }
      const size = Number.parseInt(bytes.toString('latin1', position, lineEnd), 16)
      if (!Number.isInteger(size) || size < 0) throw new HttpResponseError('A chunk has no size.')
      const start = lineEnd + LINE_END.length
      if (size === 0) {
        // Trailers are not used by any GraphQL server; the usual end is an empty line.
        const end = bytes.indexOf(HEAD_END, lineEnd)
        if (end < 0) break
        if (end + HEAD_END.length < bytes.length) this.#pending = bytes.subarray(end + HEAD_END.length)
        return this.#complete(head, Buffer.concat(this.#parts))
      }
      const end = start + size
      if (bytes.length < end + LINE_END.length) break
      this.#keep(bytes.subarray(start, end))
      position = end + LINE_END.length
    }
    const rest = bytes.subarray(position)
    if (rest.length > BODY_BYTES_MAX) throw new HttpResponseError('The answer is too large.')
    if (rest.length > 0) this.#pending = Buffer.from(rest)
    return undefined
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#partBytes += bytes.length
    if (this.#partBytes > BODY_BYTES_MAX) throw new HttpResponseError('The answer is too large.')
    this.#parts.push(Buffer.from(bytes))
  }

  #complete(head: Head, body: Buffer): HttpResponse {
    this.#head = undefined
    this.#parts = []
    this.#whole = undefined
    this.#partBytes = 0
    return { status: head.status, body, keepAlive: head.keepAlive, idleMilliseconds: head.idleMilliseconds }
  }
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$|\r)/

function parseHead(text: string): Head {
  const line = STATUS_LINE.exec(text)
  if (!line) throw new HttpResponseError('The answer is not HTTP/1.')
  const status = Number(line[2])
  const lengths = [...text.matchAll(/\r\ncontent-length:[ \t]*([^\r]*)/gi)].map(match => match[1]?.trim())
  if (lengths.some(length => length !== lengths[0])) throw new HttpResponseError('The answer has two lengths.')
  const isChunked = /\r\ntransfer-encoding:[^\r]*chunked/i.test(text)
  const encoding = /\r\ncontent-encoding:[ \t]*([^\r]*)/i.exec(text)?.[1]?.trim()
  if (encoding && encoding !== 'identity')
    throw new HttpResponseError('The answer is compressed, which was not asked for.')
  let length: Head['length'] = 'until close'
  if (status === 204 || status === 304) length = 0
  else if (isChunked) length = 'chunked'
  else if (lengths[0] !== undefined) {
    if (!/^\d+$/.test(lengths[0])) throw new HttpResponseError('The answer has no proper length.')
    length = Number(lengths[0])
    if (length > BODY_BYTES_MAX) throw new HttpResponseError('The answer is too large.')
  }
  const connection = /\r\nconnection:[ \t]*([^\r]*)/i.exec(text)?.[1]?.toLowerCase() ?? ''
  const idle = /\r\nkeep-alive:[^\r]*timeout=(\d+)/i.exec(text)?.[1]
  return {
    status,
    length,
    keepAlive:
      length !== 'until close' &&
      !connection.includes('close') &&
      (line[1] === '1' || connection.includes('keep-alive')),
    idleMilliseconds: idle === undefined ? undefined : Number(idle) * 1000,
  }
}
