import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

const CONNECT_TRIES = 50
const TRY_MS = 100
const BYTES_PER_MB = 1_048_576

export interface Memory {
  readonly rss_mb: number
  /** What is in use on the heap and beside it. */
  readonly used_mb: number
}

/** Looks into a Node process of ours that listens with --inspect: how much memory is in use when the garbage is out. */
export class Inspector {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(reason: Error): void }>()
  #last = 0

  static async connect(port: number): Promise<Inspector> {
    for (let left = CONNECT_TRIES; ; left--) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/json/list`)
        const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[]
        if (!target) throw new Error(`Nothing is to be inspected on port ${port}.`)
        const socket = new WebSocket(target.webSocketDebuggerUrl, { maxPayload: 512 * BYTES_PER_MB })
        await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
        return new Inspector(socket)
      } catch (error) {
        if (left === 0) throw error
        await sleep(TRY_MS)
      }
    }
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', data => {
      const { id, result, error } = JSON.parse(data.toString())
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error) waiting?.reject(new Error(error.message))
      else waiting?.resolve(result)
    })
    socket.on('error', () => socket.terminate())
  }

  async memory(): Promise<Memory> {
    // Twice, because what finalizers let go of is found by the next collection only.
    for (let time = 0; time < 2; time++) await this.send('HeapProfiler.collectGarbage')
    const expression = 'JSON.stringify(process.memoryUsage())'
    const { result } = (await this.send('Runtime.evaluate', { expression })) as { result: { value: string } }
    const { rss, heapUsed, external } = JSON.parse(result.value) as Record<string, number>
    return { rss_mb: (rss ?? 0) / BYTES_PER_MB, used_mb: ((heapUsed ?? 0) + (external ?? 0)) / BYTES_PER_MB }
  }

  send(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  close(): void {
    this.#socket.close()
  }
}
