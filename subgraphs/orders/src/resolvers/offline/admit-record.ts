import { PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readNote } from '@tillgraph/rules/input-fields'
import type { MutationResolvers } from '../../../generated/graphql.ts'
import { peerCaller } from '../../context.ts'
import { isInvalid, notAdmissible, notFound, readInput, stillInProgress } from '../../domain/problems.ts'
import { type Admitted, admitRecord } from '../../usecases/offline/admit-record.ts'
import { worldOf } from '../../usecases/offline/world-of.ts'
import { findRegister } from './find-register.ts'
import { personOf } from './submit-batch.ts'

const REASON_CHARACTERS_MOST = 200
const HASH = /^[A-Za-z0-9_-]{43}$/

export const admitOfflineRecord: NonNullable<MutationResolvers['admitOfflineRecord']> = async (
  _,
  { input },
  context,
) => {
  const wanted = readInput(() => {
    const reason = readNote('reason', input.reason, REASON_CHARACTERS_MOST)
    if (reason === '') throw new InputFault('reason', 'Say why.')
    return { hash: input.id, reason, by: personOf(context) }
  })
  if (isInvalid(wanted)) return wanted
  const till = HASH.test(wanted.hash)
    ? await findRegister(context, input.registerId, 'payments.offline.manage')
    : undefined
  if (!till) return notFound('record')
  const caller = peerCaller(context)
  try {
    const keys = await context.offlineIdentity.keysOf(caller, till.registerId, till.storeId)
    const { tenantId } = requireCaller(context)
    return answerOf(await admitRecord(worldOf(context, caller), { till: { tenantId, ...till }, keys }, wanted))
  } catch (error) {
    if (error instanceof PeerFailure) return stillInProgress()
    throw error
  }
}

function answerOf(admitted: Admitted) {
  switch (admitted.kind) {
    case 'ADMITTED':
      return { __typename: 'AdmitOfflineRecordSuccess', record: admitted.record } as const
    case 'UNKNOWN':
      return notFound('record')
    case 'INADMISSIBLE':
      return notAdmissible('This record was tampered with, or cannot be read: nobody can let it through.')
    case 'ORDER_EXISTS':
      return notAdmissible('There is an order of this id already: letting this through would sell it twice.')
    case 'LATER':
      return stillInProgress()
  }
}
