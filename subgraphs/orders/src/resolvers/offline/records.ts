import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { money } from '@tillgraph/rules/money'
import { offlineFaults } from '@tillgraph/rules/offline/fault'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  OfflineAlarmResolvers,
  OfflineAuditEntryResolvers,
  OfflineOriginResolvers,
  OfflineRecordResolvers,
  QueryResolvers,
} from '../../../generated/graphql.ts'
import type { Context } from '../../context.ts'
import { isAdmissible, type KeptRecord } from '../../domain/offline/offline-record.ts'
import { formatNumber } from '../../domain/order-number.ts'
import { type LoggedPlace, listAlarms, listRecords } from '../../store/offline/list-records.ts'

const MAY_READ = 'payments.offline.read'

export const offlineRecords: NonNullable<QueryResolvers['offlineRecords']> = async (
  _,
  { filter, ...given },
  context,
) => {
  const page = readLoggedPage('offline records', given)
  const { storeId, registerId, outcome, code, from, until } = filter ?? {}
  const stores = storesWhereOffline(context, storeId)
  const nothing = stores.length === 0 || (registerId != null && !isUuid(registerId))
  const narrowing = {
    ...{ stores, registerId: registerId ?? undefined, outcome: outcome ?? undefined, code: code ?? undefined },
    ...{ from: from ?? undefined, until: until ?? undefined },
  }
  const { tenantId } = requireCaller(context)
  const rows = nothing ? [] : await listRecords(context.database, tenantId, narrowing, page)
  return toConnection(
    'offline records',
    page,
    rows,
    ({ receivedAt, hash }): LoggedPlace => [receivedAt.toISOString(), hash],
  )
}

export const offlineAlarms: NonNullable<QueryResolvers['offlineAlarms']> = async (_, { filter, ...given }, context) => {
  const page = readLoggedPage('offline alarms', given)
  const { storeId, registerId, open } = filter ?? {}
  const stores = storesWhereOffline(context, storeId)
  const nothing = stores.length === 0 || (registerId != null && !isUuid(registerId))
  const narrowing = { stores, registerId: registerId ?? undefined, open: open ?? undefined }
  const { tenantId } = requireCaller(context)
  const rows = nothing ? [] : await listAlarms(context.database, tenantId, narrowing, page)
  return toConnection('offline alarms', page, rows, ({ raisedAt, hash }): LoggedPlace => [raisedAt.toISOString(), hash])
}

function readLoggedPage(order: string, given: Parameters<typeof readPage>[2]) {
  const page = readPage<LoggedPlace>(order, 2, given)
  if (page.after && Number.isNaN(Date.parse(page.after[0])))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  return page
}

/** The stores that a list is of: the one asked for, where the caller may see it, or all where they may. */
export function storesWhereOffline(context: Context, storeId: string | null | undefined): 'all' | readonly string[] {
  const caller = requireCaller(context)
  if (storeId == null) return caller.storesWhere(MAY_READ)
  return isUuid(storeId) && caller.may(MAY_READ, storeId) ? [storeId] : []
}

const secondsBetween = (from: Date, to: Date) => Math.round((to.getTime() - from.getTime()) / 1000)

/** How long it lay at the till, by the server's clock as far as that is known. */
function waitedSeconds({ read, receivedAt }: KeptRecord): number | null {
  if (!read) return null
  return Math.max(0, secondsBetween(new Date(read.takenAt.getTime() - read.clockSkewMs), receivedAt))
}

export const OfflineRecord: OfflineRecordResolvers = {
  id: ({ hash }) => hash,
  register: ({ registerId }) => ({ id: registerId }),
  store: ({ storeId }) => ({ id: storeId }),
  keyId: ({ place }) => place?.keyId ?? null,
  sequence: ({ place }) => place?.sequence ?? null,
  message: ({ code }) => code && offlineFaults[code].message,
  admissible: isAdmissible,
  orderId: ({ read }) => read?.orderId ?? null,
  number: ({ read }) => read && formatNumber(read.number),
  businessDate: ({ read }) => read?.businessDate ?? null,
  cashier: ({ read }) => read && { id: read.cashierId },
  total: ({ read }) => read && money(read.total, read.currency),
  takenAt: ({ read }) => read?.takenAt ?? null,
  clockSkewSeconds: ({ read }) => read && Math.round(read.clockSkewMs / 1000),
  policyVersion: ({ read }) => read?.policyVersion ?? null,
  waitedSeconds,
  ageSeconds: ({ receivedAt }, _, context) => Math.max(0, secondsBetween(receivedAt, context.clock.now())),
  submittedBy: ({ submittedBy }) => (submittedBy === null ? null : { id: submittedBy }),
  admittedBy: ({ admitted }) => (admitted?.by ? { id: admitted.by } : null),
  admittedAt: ({ admitted }) => admitted?.at ?? null,
  admitReason: ({ admitted }) => admitted?.reason ?? null,
  order: ({ outcome, read }, _, context) =>
    outcome === 'ACCEPTED' && read ? context.loaders.order.load(read.orderId).then(found => found ?? null) : null,
  history: async ({ registerId, hash }, _, context) => [
    ...(await context.loaders.offlineHistory.load(`${registerId} ${hash}`)),
  ],
}

export const OfflineAuditEntry: OfflineAuditEntryResolvers = {
  by: ({ actor }) => (actor === null ? null : { id: actor }),
}

export const OfflineAlarm: OfflineAlarmResolvers = {
  register: ({ registerId }) => ({ id: registerId }),
  store: ({ storeId }) => ({ id: storeId }),
  recordId: ({ hash }) => hash,
}

export const OfflineOrigin: OfflineOriginResolvers = {
  recordId: ({ hash }) => hash,
  sequence: ({ place }) => place?.sequence ?? 0,
  takenAt: ({ read, receivedAt }) => read?.takenAt ?? receivedAt,
  acceptedAt: ({ receivedAt, admitted }) => admitted?.at ?? receivedAt,
  clockSkewSeconds: ({ read }) => Math.round((read?.clockSkewMs ?? 0) / 1000),
  admitted: ({ admitted }) => admitted !== null,
}
