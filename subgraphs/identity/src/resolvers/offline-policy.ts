import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { money } from '@tillgraph/rules/money'
import { OFFLINE_POLICY_TYPE } from '@tillgraph/rules/offline/policy'
import { isUuid } from '@tillgraph/rules/uuid'
import type { OfflineLogResolvers, OfflinePolicyResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { validUntil, writtenPolicy } from '../domain/offline-policy.ts'
import { findPolicy } from '../store/offline-policy.ts'
import { there } from './me.ts'

export const offlinePolicyOf: NonNullable<QueryResolvers['offlinePolicyOf']> = async (
  _,
  { storeId, version },
  context,
) => {
  const { tenantId } = requireCaller(context)
  return isUuid(storeId) ? ((await findPolicy(context.database, tenantId, storeId, version)) ?? null) : null
}

export const offlinePolicyFields: OfflinePolicyResolvers = {
  perSaleMax: ({ perSaleMax, currency }) => money(perSaleMax, currency),
  perDeviceMax: ({ perDeviceMax, currency }) => money(perDeviceMax, currency),
  tenderKinds: ({ tenderKinds }) => [...tenderKinds],
  setBy: async ({ tenantId, setBy }, _, context) => there(await context.load(tenantId).users.load(setBy)),
  validUntil: (policy, _, context) => validUntil(policy, context.clock.now()),
  signed: (policy, _, context) => context.papers.sign(writtenPolicy(policy, context.clock.now()), OFFLINE_POLICY_TYPE),
}

export const offlineLogFields: OfflineLogResolvers = { keyId: ({ thumbprint }) => thumbprint }
