import { Worker } from 'node:worker_threads'
import { refusal } from '@tillgraph/kit/errors'
import type { ReceiptPaper } from './html.ts'
import type { ReceiptRow } from './layout.ts'

const WAITING_MOST = 100

export interface PdfRequest {
  readonly id: number
  readonly rows: readonly ReceiptRow[]
  readonly title: string
  readonly paper: ReceiptPaper
}

export type PdfAnswer = { readonly id: number } & ({ readonly pdf: Uint8Array } | { readonly error: string })

/** Makes PDFs in a thread of its own, one after the other. */
export interface PdfRenderer {
  render(rows: readonly ReceiptRow[], title: string, paper: ReceiptPaper): Promise<Buffer>
  stop(): Promise<void>
}

interface Waiting {
  readonly resolve: (pdf: Buffer) => void
  readonly reject: (error: Error) => void
}

/** The thread starts with the first receipt; one that breaks fails what it was asked for, and the next starts anew. */
export function createPdfRenderer(): PdfRenderer {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let last = 0

  function failAll(broken: Worker, error: Error): void {
    // of one that has been replaced, nobody waits for anything any more
    if (worker !== broken) return
    worker = undefined
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }

  function start(): Worker {
    const typescript = new URL('../../../../scripts/typescript.mjs', import.meta.url)
    const started = new Worker(new URL('./pdf-worker.ts', import.meta.url), { execArgv: ['--import', typescript.href] })
    started.unref()
    started.on('error', error => failAll(started, error))
    started.on('exit', () => failAll(started, new Error('The thread that makes PDFs has ended')))
    started.on('message', (answer: PdfAnswer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('pdf' in answer) asked?.resolve(Buffer.from(answer.pdf))
      else asked?.reject(new Error(answer.error))
    })
    return started
  }

  return {
    async render(rows, title, paper) {
      if (waiting.size >= WAITING_MOST)
        throw refusal('TOO_MANY_REQUESTS', 'Too many receipts are being made; try again in a moment.')
      worker ??= start()
      const request: PdfRequest = { id: ++last, rows, title, paper }
      const made = new Promise<Buffer>((resolve, reject) => waiting.set(request.id, { resolve, reject }))
      worker.postMessage(request)
      return made
    },
    async stop() {
      await worker?.terminate()
    },
  }
}
