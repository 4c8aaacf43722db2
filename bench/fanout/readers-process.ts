// Readers of a gateway's pushes: raw sockets with just enough of the WebSocket protocol, because what they cost is
// taken from the same two cores. Every message is held against what it must say, byte for byte once one was read.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { expectedData, SUBSCRIPTION } from './schemas.ts'

const OPENED_AT_ONCE = 50
const OPEN_TIMEOUT_MS = 300_000
const TEXT = 1
const CLOSE = 8
const PING = 9

export type ReadersOrder =
  | { readonly kind: 'open'; readonly port: number; readonly count: number; readonly storeIds: readonly string[] }
  /** Opens readers that stop reading once they have had their first message. */
  | { readonly kind: 'open-idle'; readonly port: number; readonly count: number; readonly storeIds: readonly string[] }
  | { readonly kind: 'await'; readonly version: number; readonly timeoutMs: number }
  | { readonly kind: 'close-idle' }

export interface ReadersAnswer {
  readonly failure?: string
  /** When each reader had the change, process.hrtime; as many as there are readers. */
  readonly at_ns?: readonly number[]
}

class Reader {
  readonly socket: Socket
  version = 0
  at = 0n
  #rest: Buffer | undefined
  #isUpgraded = false
  readonly #onChange: (reader: Reader) => void
  readonly #onFailure: (reason: string) => void
  readonly #subscribe: Buffer

  constructor(
    port: number,
    storeIds: readonly string[],
    onChange: (reader: Reader) => void,
    onFailure: (reason: string) => void,
  ) {
    this.#onChange = onChange
    this.#onFailure = onFailure
    const subscriptions = storeIds.map((storeId, index) => ({
      id: String(index + 1),
      type: 'subscribe',
      payload: { query: SUBSCRIPTION, variables: { storeId } },
    }))
    this.#subscribe = Buffer.concat(subscriptions.map(message => masked(JSON.stringify(message))))
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      this.socket.write(
        `GET /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n`,
      )
    })
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.socket.on('error', error => onFailure(String(error)))
    this.socket.on('close', () => onFailure('a socket was closed'))
  }

  #read(chunk: Buffer): void {
    let buffer = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = undefined
    if (!this.#isUpgraded) {
      const end = buffer.indexOf('\r\n\r\n')
      if (end < 0) {
        this.#rest = buffer
        return
      }
      if (!buffer.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) throw new Error('no upgrade')
      this.#isUpgraded = true
      this.socket.write(masked('{"type":"connection_init"}'))
      buffer = buffer.subarray(end + 4)
    }
    while (buffer.length >= 2) {
      let length = (buffer[1] as number) & 0x7f
      let start = 2
      if (length === 126) {
        if (buffer.length < 4) break
        length = buffer.readUInt16BE(2)
        start = 4
      } else if (length === 127) {
        if (buffer.length < 10) break
        length = Number(buffer.readBigUInt64BE(2))
        start = 10
      }
      if (buffer.length < start + length) break
      this.#message((buffer[0] as number) & 0x0f, buffer.subarray(start, start + length))
      buffer = buffer.subarray(start + length)
    }
    if (buffer.length > 0) this.#rest = Buffer.from(buffer)
  }

  #message(kind: number, payload: Buffer): void {
    if (kind === PING) this.socket.write(masked(payload.toString(), 10))
    else if (kind === CLOSE) this.#onFailure(`closed: ${payload.length > 1 ? payload.readUInt16BE(0) : ''}`)
    else if (kind === TEXT) {
      const version = versionOf(payload)
      if (version > 0) {
        this.version = version
        this.at = process.hrtime.bigint()
        this.#onChange(this)
      } else if (payload.includes('connection_ack')) this.socket.write(this.#subscribe)
      else if (payload.includes('"type":"ping"')) this.socket.write(masked('{"type":"pong"}'))
      else this.#onFailure(payload.toString())
    }
  }
}

/** The last message that was read as a whole, and what it said: nearly all that come after it are the same. */
let known = { bytes: Buffer.alloc(0), version: 0 }

/** The version of a change; 0 for any other message. Throws for a change that does not say what it must. */
function versionOf(payload: Buffer): number {
  if (known.bytes.length === payload.length && known.bytes.equals(payload)) return known.version
  const message = JSON.parse(payload.toString())
  if (message.type !== 'next') return 0
  const version = message.payload.data?.stockChanged?.version
  if (!isDeepStrictEqual(message.payload, { data: expectedData(version) })) {
    throw new Error(`a wrong push: ${payload.toString()}`)
  }
  known = { bytes: Buffer.from(payload), version }
  return version
}

function masked(text: string, opcode = TEXT): Buffer {
  const payload = Buffer.from(text)
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
      : Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 0xff])
  // a mask of zeros leaves the payload as it is
  return Buffer.concat([head, Buffer.alloc(4), payload])
}

const readers: Reader[] = []
let idle: Reader[] = []
let waiting: { version: number; left: number; done: () => void } | undefined
let failure: string | undefined

function fail(reason: string): void {
  failure ??= reason
  waiting?.done()
}

async function open(port: number, count: number, storeIds: readonly string[], stays: boolean): Promise<void> {
  const deadline = Date.now() + OPEN_TIMEOUT_MS
  const opened: Reader[] = stays ? readers : idle
  for (let done = 0; done < count; done += OPENED_AT_ONCE) {
    await Promise.all(
      Array.from(
        { length: Math.min(OPENED_AT_ONCE, count - done) },
        () =>
          new Promise<void>((resolve, reject) => {
            const late = setTimeout(() => reject(new Error('a reader had no first message')), deadline - Date.now())
            let isOpen = false
            const reader = new Reader(
              port,
              storeIds,
              () => {
                if (isOpen) return changed(reader)
                isOpen = true
                clearTimeout(late)
                if (!stays) reader.socket.pause()
                resolve()
              },
              reason => {
                if (!isOpen) reject(new Error(reason))
                else if (stays) fail(reason)
              },
            )
            opened.push(reader)
          }),
      ),
    )
  }
}

function changed(reader: Reader): void {
  if (!waiting || reader.version !== waiting.version) return
  waiting.left -= 1
  if (waiting.left === 0) waiting.done()
}

async function awaitVersion(version: number, timeoutMs: number): Promise<readonly number[]> {
  const left = readers.filter(reader => reader.version !== version).length
  if (left > 0 && !failure) {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${waiting?.left} readers heard nothing`)), timeoutMs)
      waiting = {
        version,
        left,
        done: () => {
          clearTimeout(late)
          waiting = undefined
          resolve()
        },
      }
    })
  }
  if (failure) throw new Error(failure)
  return readers.map(({ at }) => Number(at))
}

async function carryOut(order: ReadersOrder): Promise<ReadersAnswer> {
  try {
    if (order.kind === 'open') await open(order.port, order.count, order.storeIds, true)
    else if (order.kind === 'open-idle') await open(order.port, order.count, order.storeIds, false)
    else if (order.kind === 'close-idle') {
      for (const { socket } of idle) socket.destroy()
      idle = []
    } else return { at_ns: await awaitVersion(order.version, order.timeoutMs) }
    return {}
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

process.on('message', (order: ReadersOrder) => {
  void carryOut(order).then(answer => process.send?.(answer))
})
process.on('uncaughtException', error => fail(error.message))
process.once('disconnect', () => process.exit(0))
