import { toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { AuditEntryResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { listAudit } from '../store/audit.ts'
import { readPageByTime } from './page.ts'

const BY_TIME = 'audit by time'

export const audit: NonNullable<QueryResolvers['audit']> = async (_, { filter, ...args }, context) => {
  const caller = requireCaller(context)
  const page = readPageByTime(BY_TIME, args)
  const ids = [filter?.subjectId, filter?.actorId, filter?.storeId]
  // an id that cannot be one is of nothing that was ever written down
  const nothing = ids.some(id => typeof id === 'string' && !isUuid(id))
  const search = { visible: caller.storesWhere('identity.audit.read'), ...filter }
  const rows = nothing ? [] : await listAudit(context.database, caller.tenantId, search, page)
  return toConnection(BY_TIME, page, rows, row => [row.at.toISOString(), row.id])
}

export const auditEntryFields: AuditEntryResolvers = {
  before: ({ before }) => (before === null ? null : JSON.stringify(before)),
  after: ({ after }) => (after === null ? null : JSON.stringify(after)),
  requestId: ({ request }) => request,
}
