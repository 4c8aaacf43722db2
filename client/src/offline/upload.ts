import type { KeptVerdict, LogLine } from './log.ts'
import type { OfflineTill } from './till.ts'

/** What one request carries at the most; a gateway takes 100,000 bytes. */
export const UPLOAD_RECORDS_MOST = 200
export const UPLOAD_CHARACTERS_MOST = 92_000

/** What the graph answered for one record. LATER: it could not decide yet, hand it in again. */
export type SentVerdict =
  | { readonly outcome: 'ACCEPTED' }
  | { readonly outcome: 'REFUSED'; readonly code: string; readonly message: string }
  | { readonly outcome: 'LATER' }

export interface RecordBatch {
  readonly registerId: string
  readonly records: readonly string[]
  /** By the till's clock, now: shows the graph by how much it is off. */
  readonly sentAt: string
}

/** Hands a batch to the graph; answers in the order of the records. Throws SendFailure when it was not answered. */
export type SendBatch = (batch: RecordBatch, signal?: AbortSignal) => Promise<readonly SentVerdict[]>

/** A batch was not answered, which says nothing about whether it arrived. */
export class SendFailure extends Error {
  /** Whether it makes sense to try again without somebody doing something. */
  readonly passes: boolean
  /** Sooner than this there is no point. */
  readonly afterMs: number

  constructor(message: string, options: { passes: boolean; afterMs?: number; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'SendFailure'
    this.passes = options.passes
    this.afterMs = options.afterMs ?? 0
  }
}

export interface UploadProgress {
  readonly sent: number
  readonly left: number
  readonly accepted: number
  readonly refused: number
}

export interface UploadOptions {
  readonly send: SendBatch
  readonly onProgress?: (progress: UploadProgress) => void
  readonly signal?: AbortSignal
  /** Tries of one batch before this gives up until it is called again. Default 8: about two minutes. */
  readonly triesMost?: number
  /** A number from 0 to 1, for the jitter. Default Math.random. */
  readonly random?: () => number
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>
}

export interface UploadResult extends UploadProgress {
  /** Why it stopped before all was sent; undefined when nothing is left. */
  readonly stoppedBy: Error | undefined
}

const TRIES_MOST = 8
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000
/** Answered lines that stay on the device: days of sales, longer than any approval or lease is good for. */
export const ANSWERED_LINES_KEPT = 5_000

/**
 * Hands in all that was not answered for, in the order of the log and in batches that fit; what a batch comes to is
 * kept before the next one goes. It can be cut off anywhere and called again: the graph gives a record that it knows
 * the answer it gave before. Sales may be taken meanwhile.
 */
export async function upload(till: OfflineTill, options: UploadOptions): Promise<UploadResult> {
  const { send, onProgress, signal, triesMost = TRIES_MOST, random = Math.random, sleep = sleepFor } = options
  let progress: UploadProgress = { sent: 0, left: till.book.unsent.length, accepted: 0, refused: 0 }
  let tries = 0
  while (till.book.unsent.length > 0) {
    if (signal?.aborted === true) return { ...progress, stoppedBy: new Error('Sending was stopped') }
    const batch = await nextBatch(till)
    try {
      const { registerId } = till.register
      const records = batch.map(({ line }) => line)
      const answers = await send({ registerId, records, sentAt: new Date(till.now()).toISOString() }, signal)
      if (answers.length !== batch.length) throw new SendFailure('Not every record was answered', { passes: true })
      const verdicts = verdictsOf(batch, answers, till.now())
      await keepVerdicts(till, verdicts)
      progress = after(progress, verdicts, till.book.unsent.length)
      onProgress?.(progress)
      if (verdicts.length === 0) throw new SendFailure('The graph could not decide yet', { passes: true })
      tries = 0
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error
      tries += 1
      if (!error.passes || tries >= triesMost) return { ...progress, stoppedBy: error }
      await sleep(Math.max(error.afterMs, waitMs(tries, random())), signal)
    }
  }
  await till.forget(till.book.acknowledged - ANSWERED_LINES_KEPT)
  return { ...progress, stoppedBy: undefined }
}

/** Full jitter: tills of a shop that comes back must not all ask at once. */
export function waitMs(tries: number, random: number): number {
  return Math.round(random * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries))
}

async function nextBatch(till: OfflineTill): Promise<LogLine[]> {
  const unsent = new Set(till.book.unsent.slice(0, UPLOAD_RECORDS_MOST).map(({ sequence }) => sequence))
  const batch: LogLine[] = []
  let characters = 0
  let after = Math.min(...unsent) - 1
  while (batch.length < unsent.size) {
    const page = await till.log.read(after, UPLOAD_RECORDS_MOST)
    for (const line of page) {
      if (!unsent.has(line.sequence)) continue
      characters += line.line.length + 3
      if (batch.length > 0 && characters > UPLOAD_CHARACTERS_MOST) return batch
      batch.push(line)
    }
    const last = page.at(-1)
    if (last === undefined) return batch
    after = last.sequence
  }
  return batch
}

function verdictsOf(batch: readonly LogLine[], answers: readonly SentVerdict[], now: number): KeptVerdict[] {
  const answeredAt = new Date(now).toISOString()
  return batch.flatMap(({ sequence }, index) => {
    const answer = answers[index]
    if (answer === undefined || answer.outcome === 'LATER') return []
    return [{ sequence, ...answer, answeredAt }]
  })
}

/** The verdict is on the disk before the book counts it as answered. */
function keepVerdicts(till: OfflineTill, verdicts: readonly KeptVerdict[]): Promise<void> {
  if (verdicts.length === 0) return Promise.resolve()
  return till.inTurn(async () => {
    await till.log.keepVerdicts(verdicts)
    till.book.answer(verdicts.map(({ sequence }) => sequence))
  })
}

function after(progress: UploadProgress, verdicts: readonly KeptVerdict[], left: number): UploadProgress {
  const accepted = verdicts.filter(({ outcome }) => outcome === 'ACCEPTED').length
  return {
    sent: progress.sent + verdicts.length,
    left,
    accepted: progress.accepted + accepted,
    refused: progress.refused + verdicts.length - accepted,
  }
}

function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
