import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { parseStockLease, STOCK_LEASE_TYPE } from '@tillgraph/rules/offline/lease'
import type { QueryResolvers } from '../../generated/graphql.ts'

/** Signs what inventory has set aside for a till: tills trust one key set, which is identity's. */
export const signedStockLease: NonNullable<QueryResolvers['signedStockLease']> = (_, { lease }, context) => {
  const { tenantId } = requireCaller(context)
  const content = parseStockLease({ version: 1, tenantId, ...lease, expiresAt: lease.expiresAt.toISOString() })
  return context.papers.sign(content, STOCK_LEASE_TYPE)
}
