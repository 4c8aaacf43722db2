import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { SetOfflinePolicyInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { type PolicyTerms, readTerms, type StorePolicy } from '../domain/offline-policy.ts'
import { changedMeanwhile, isInvalid, notFound, readInput } from '../domain/problems.ts'
import type { Work } from '../services.ts'
import { newestPolicy } from '../store/offline-policy.ts'
import { lockStore } from '../store/store.ts'
import { type Asked, change } from './change.ts'
import { difference, record } from './record.ts'

/** Says what the tills of a store may do without a network. Saying the same again makes no new version. */
export async function setOfflinePolicy(context: Context, input: SetOfflinePolicyInput, info: Asked['info']) {
  return change(context, { info, content: input }, async work => {
    const store = isUuid(input.storeId) ? await lockStore(work, input.storeId) : undefined
    if (!store) return notFound()
    const before = await newestPolicy(work, store.id)
    if (typeof input.version === 'number' && input.version !== (before?.version ?? 0)) return changedMeanwhile()
    const terms = readInput(() => readTerms(input, before, store.currency))
    if (isInvalid(terms)) return terms
    const changed = difference({ ...before }, { ...terms })
    const policy = before && !changed ? before : await add(context, work, store, before, terms)
    return { __typename: 'SetOfflinePolicySuccess' as const, tenantId: work.tenantId, storeId: policy.storeId }
  })
}

async function add(
  context: Context,
  work: Work,
  store: Pick<StorePolicy, 'currency'> & { readonly id: string },
  before: StorePolicy | undefined,
  terms: PolicyTerms,
): Promise<Pick<StorePolicy, 'storeId'>> {
  const { tenantId } = work
  const version = (before?.version ?? 0) + 1
  await work.prisma.offlinePolicy.create({
    data: {
      ...{ tenantId, storeId: store.id, version, currency: store.currency },
      ...terms,
      tenderKinds: [...terms.tenderKinds],
      setBy: requireCaller(context).subject,
      createdAt: context.clock.now(),
    },
  })
  await record(context, work, {
    action: 'store.offline_policy.set',
    subject: 'STORE',
    subjectId: store.id,
    storeId: store.id,
    ...difference({ ...before }, { ...terms, version }),
  })
  return { storeId: store.id }
}
