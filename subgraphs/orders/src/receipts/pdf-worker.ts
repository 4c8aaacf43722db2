import { parentPort } from 'node:worker_threads'
import { receiptPdf } from './pdf.ts'
import type { PdfAnswer, PdfRequest } from './pdf-renderer.ts'

// One thread of its own for PDFs: fonts are parsed and packed for some 80 ms, in which nobody else would be served.
parentPort?.on('message', async ({ id, rows, title, paper }: PdfRequest) => {
  const answer = await receiptPdf(rows, title, paper).then(
    (pdf): PdfAnswer => ({ id, pdf: new Uint8Array(pdf) }),
    (error: unknown): PdfAnswer => ({
      id,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  )
  parentPort?.postMessage(answer)
})
