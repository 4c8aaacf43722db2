/** FIN and the opcode of text; what a server sends is not masked (RFC 6455, 5.2). */
const TEXT_FRAME = 0x81
const LENGTH_IN_2_BYTES = 126
const LENGTH_IN_8_BYTES = 127
/** Up to this size a frame is copied for each name it goes out under; beyond, head and payload are written apart. */
const COPIED_BYTES_MAX = 16_384

/** One answer on its way to many readers: encoded once, whoever it goes to and however. */
export class Push {
  readonly text: string
  #payload: Buffer | undefined
  #event: Buffer | undefined
  #lastHead: Buffer | undefined
  #lastFrames: readonly Buffer[] = []

  constructor(text: string) {
    this.text = text
  }

  /** As a whole WebSocket frame, behind what opens the message; most clients give their subscriptions the same name. */
  framesBehind(head: Buffer): readonly Buffer[] {
    if (this.#lastHead !== undefined && (this.#lastHead === head || this.#lastHead.equals(head)))
      return this.#lastFrames
    this.#payload ??= Buffer.from(`${this.text}}`)
    this.#lastHead = head
    this.#lastFrames = framesOf(head, this.#payload)
    return this.#lastFrames
  }

  /** As a server-sent event of the graphql-sse protocol. */
  get event(): Buffer {
    this.#event ??= Buffer.from(`event: next\ndata: ${this.text}\n\n`)
    return this.#event
  }
}

/** A whole text message as one frame. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([frameHead(payload.length), payload])
}

function framesOf(head: Buffer, payload: Buffer): readonly Buffer[] {
  const start = frameHead(head.length + payload.length)
  if (payload.length > COPIED_BYTES_MAX) return [Buffer.concat([start, head]), payload]
  const frame = Buffer.allocUnsafe(start.length + head.length + payload.length)
  start.copy(frame, 0)
  head.copy(frame, start.length)
  payload.copy(frame, start.length + head.length)
  return [frame]
}

function frameHead(length: number): Buffer {
  if (length < LENGTH_IN_2_BYTES) return Buffer.from([TEXT_FRAME, length])
  if (length < 65_536) return Buffer.from([TEXT_FRAME, LENGTH_IN_2_BYTES, length >> 8, length & 0xff])
  const head = Buffer.alloc(10)
  head[0] = TEXT_FRAME
  head[1] = LENGTH_IN_8_BYTES
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}
