import { formatShortDecimal, parseDecimal } from '@tillgraph/rules/decimal'
import { RATE_ONE } from '@tillgraph/rules/rate'
import type { JSONWebKeySet } from 'jose'
import {
  ReportOfflineLogDocument,
  SubmitOfflineBatchDocument,
  TakeNumberBlockDocument,
  TillPapersDocument,
} from '../generated/documents.ts'
import type { GraphClient } from '../graph-client.ts'
import { GraphFailure, type GraphFailureKind } from '../problem.ts'
import type { OfflineTill } from './till.ts'
import { readSignedPolicy } from './till-papers.ts'
import {
  type RecordBatch,
  type SendBatch,
  SendFailure,
  type SentVerdict,
  type UploadOptions,
  type UploadResult,
  upload,
} from './upload.ts'

/** Below this many a till takes another block of numbers. */
export const NUMBERS_LOW = 200n
export const NUMBERS_PER_BLOCK = 500

const SHARE_DIGITS = 6
const PERCENT_DIGITS = 4

export interface Connection {
  readonly graph: GraphClient
  /** The key set of the graph, from /.well-known/jwks.json. */
  readonly keys: () => Promise<JSONWebKeySet>
  readonly makeId: () => string
}

/**
 * Fetches what a till needs for the time when it is cut off: the policy, order numbers, the keys of managers. To be
 * called now and then while there is a network. Throws a GraphFailure where there is none.
 */
export async function preparePapers(till: OfflineTill, connection: Connection): Promise<void> {
  const { graph, keys } = connection
  const { registerId, storeId } = till.register
  const { register, store } = await graph.ask(TillPapersDocument, { registerId, storeId })
  const signed = register?.offlinePolicy?.signed
  const policy = signed === undefined ? undefined : await readSignedPolicy(signed, await keys())
  const managerKeys = (store?.approvalKeys ?? []).map(({ id, managerId, publicKey, limits }) => ({
    ...{ id, managerId, publicKey },
    maximumDiscount: percentOf(limits.maximumDiscount),
  }))
  await till.keep({ ...(policy === undefined ? {} : { policy }), managerKeys })
  if (policy?.enabled === true && till.state.numbersLeft < NUMBERS_LOW) await takeNumbers(till, connection)
}

/** Sends what waits to be sent, and says how far the log is, so that nobody takes this till out of use unawares. */
export async function sendWaiting(
  till: OfflineTill,
  graph: GraphClient,
  options: Omit<UploadOptions, 'send'> = {},
): Promise<UploadResult> {
  const result = await upload(till, { ...options, send: senderTo(graph) })
  await reportLog(till, graph)
  return result
}

/** Says how far the log goes and how many sales of it were not sent. */
export async function reportLog(till: OfflineTill, graph: GraphClient): Promise<void> {
  const { lastSequence, unsent } = till.state
  const { registerId } = till.register
  await graph.ask(ReportOfflineLogDocument, { input: { registerId, keyId: till.key.kid, lastSequence, unsent } })
}

/** Hands batches in at the graph. */
export function senderTo(graph: GraphClient): SendBatch {
  return async (batch, signal) => {
    const { submitOfflineBatch } = await submit(graph, batch, signal)
    if (submitOfflineBatch.__typename !== 'SubmitOfflineBatchSuccess')
      throw new SendFailure(submitOfflineBatch.message, { passes: false })
    return submitOfflineBatch.results.map(({ verdict, code, message }): SentVerdict => {
      if (verdict === 'ACCEPTED') return { outcome: 'ACCEPTED' }
      return verdict === 'REFUSED'
        ? { outcome: 'REFUSED', code: code ?? '', message: message ?? '' }
        : { outcome: 'LATER' }
    })
  }
}

/** What is otherwise in a while. */
const PASSING: ReadonlySet<GraphFailureKind> = new Set(['unreachable', 'too-many', 'overloaded', 'failed'])

async function submit(graph: GraphClient, { registerId, records, sentAt }: RecordBatch, signal?: AbortSignal) {
  const input = { registerId, records: [...records], sentAt }
  try {
    return await graph.ask(SubmitOfflineBatchDocument, { input }, signal ? { signal } : {})
  } catch (cause) {
    if (!(cause instanceof GraphFailure)) throw cause
    const passes = PASSING.has(cause.kind)
    throw new SendFailure(cause.message, { passes, afterMs: (cause.retryAfterSeconds ?? 0) * 1000, cause })
  }
}

async function takeNumbers(till: OfflineTill, { graph, makeId }: Connection): Promise<void> {
  // the id is on the disk before it is asked with: a block whose answer was lost is the same block the next time
  const id = till.papers.askedBlock ?? makeId()
  await till.keep({ askedBlock: id })
  const input = { id, registerId: till.register.registerId, size: NUMBERS_PER_BLOCK }
  const { takeNumberBlock } = await graph.ask(TakeNumberBlockDocument, { input })
  if (takeNumberBlock.__typename !== 'TakeNumberBlockSuccess') {
    await till.keep({ askedBlock: undefined })
    return
  }
  const { first, last } = takeNumberBlock.block
  await till.keep({
    blocks: [...till.papers.blocks, { id, first: plain(first), last: plain(last) }],
    askedBlock: undefined,
  })
}

/** A number as it is written on a receipt, without the zeros in front. */
function plain(number: string): string {
  return BigInt(number).toString()
}

/** "0.5" is "50". */
function percentOf(share: string): string {
  const millionths = parseDecimal(share, SHARE_DIGITS, RATE_ONE, 'not-negative')
  return formatShortDecimal(millionths, PERCENT_DIGITS)
}
