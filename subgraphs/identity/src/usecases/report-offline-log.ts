import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { MAX_SEQUENCE } from '@tillgraph/rules/offline/parse-record'
import type { ReportOfflineLogInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { invalidInput, notFound } from '../domain/problems.ts'
import { saveReport } from '../store/offline-log.ts'
import { lockOwnRegister } from './lock-own-register.ts'

/** Remembers what a till says of its log, so that nobody takes it out of use unawares while it holds sales back. */
export async function reportOfflineLog(context: Context, input: ReportOfflineLogInput) {
  const { registerId, keyId, lastSequence, unsent } = input
  if (lastSequence < 0 || lastSequence > MAX_SEQUENCE) return invalidInput('lastSequence', 'This is no place in a log.')
  if (unsent < 0 || unsent > lastSequence) return invalidInput('unsent', 'These are more than the log holds.')
  const { tenantId } = requireCaller(context)
  return context.database.write(tenantId, async work => {
    const register = await lockOwnRegister(context, work, registerId, 'identity.register.report')
    const reportedAt = context.clock.now()
    const known =
      register &&
      (await saveReport(work, { registerId: register.id, thumbprint: keyId, lastSequence, unsent, reportedAt }))
    return known ? { __typename: 'ReportOfflineLogSuccess' as const, tenantId, registerId: register.id } : notFound()
  })
}
