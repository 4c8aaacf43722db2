import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { offlineFaults } from '@tillgraph/rules/offline/fault'
import { RECORD_CHARACTERS_MOST } from '@tillgraph/rules/offline/record'
import type { MutationResolvers, OfflineRecordAnswerResolvers } from '../../../generated/graphql.ts'
import { type Context, peerCaller } from '../../context.ts'
import { isInvalid, notFound, readInput } from '../../domain/problems.ts'
import { handInRecords } from '../../usecases/offline/hand-in-records.ts'
import { worldOf } from '../../usecases/offline/world-of.ts'
import { findRegister } from './find-register.ts'

export const BATCH_RECORDS_MOST = 200
const BATCH_CHARACTERS_MOST = 2_000_000
const PRINTABLE = /^[\x21-\x7e]+$/

export const submitOfflineBatch: NonNullable<MutationResolvers['submitOfflineBatch']> = async (
  _,
  { input },
  context,
) => {
  const records = readInput(() => readRecords(input.records))
  if (isInvalid(records)) return records
  const till = await findRegister(context, input.registerId, 'orders.order.complete')
  if (!till) return notFound('till')
  const { tenantId } = requireCaller(context)
  const caller = peerCaller(context)
  const handIn = {
    till: { tenantId, ...till },
    keys: await context.offlineIdentity.keysOf(caller, till.registerId, till.storeId),
    sentAt: input.sentAt ?? null,
    receivedAt: context.clock.now(),
    by: personOf(context),
  }
  const answers = await handInRecords(worldOf(context, caller), handIn, records)
  return { __typename: 'SubmitOfflineBatchSuccess', results: answers } as const
}

function readRecords(records: readonly string[]): readonly string[] {
  if (records.length === 0 || records.length > BATCH_RECORDS_MOST)
    throw new InputFault('records', `There must be 1 to ${BATCH_RECORDS_MOST} records.`)
  if (records.reduce((sum, { length }) => sum + length, 0) > BATCH_CHARACTERS_MOST)
    throw new InputFault('records', `All records together have ${BATCH_CHARACTERS_MOST} characters at the most.`)
  for (const [index, record] of records.entries())
    if (record.length > RECORD_CHARACTERS_MOST || !PRINTABLE.test(record))
      throw new InputFault(`records.${index}`, `A record has 1 to ${RECORD_CHARACTERS_MOST} ASCII characters.`)
  return records
}

/** Who does something, where it is a person. */
export function personOf(context: Context): string | null {
  const caller = requireCaller(context)
  return caller.kind === 'person' ? caller.subject : null
}

export const OfflineRecordAnswer: OfflineRecordAnswerResolvers = {
  outcome(answer) {
    if (answer.kind === 'LATER') return 'LATER'
    return answer.kind === 'KNOWN' ? 'KNOWN' : answer.record.outcome
  },
  verdict: answer => (answer.kind === 'LATER' ? null : answer.record.outcome),
  sequence: answer => (answer.kind === 'LATER' ? null : (answer.record.place?.sequence ?? null)),
  orderId: answer => (answer.kind === 'LATER' ? null : (answer.record.read?.orderId ?? null)),
  code: answer => (answer.kind === 'LATER' ? null : answer.record.code),
  message(answer) {
    if (answer.kind === 'LATER') return 'This could not be decided at this moment: hand the record in again.'
    const { outcome, code } = answer.record
    return outcome === 'REFUSED' && code ? offlineFaults[code].message : null
  },
}
