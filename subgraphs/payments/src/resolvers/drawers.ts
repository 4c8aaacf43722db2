import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  DrawerSessionResolvers,
  MutationResolvers,
  PayInOrOutInput,
  QueryResolvers,
} from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import type { DrawerSession as Session } from '../domain/drawer.ts'
import { sumDrawerSession } from '../domain/report.ts'
import { listDrawers, openDrawerAt } from '../store/drawers.ts'
import { sumDrawer, sumSupplement } from '../store/reports.ts'
import * as drawers from '../usecases/drawers.ts'
import { readAmount, reading, readLine } from './read.ts'
import { tenderTotals } from './tender-totals.ts'

const REASON_CHARACTERS_MOST = 200
const NOTE_CHARACTERS_MOST = 500

/** Null for a session of a store whose drawers the caller may not touch. */
const visible = (context: Context, session: Session | undefined): Session | null => {
  const caller = requireCaller(context)
  return session && caller.may('payments.drawer.use', session.storeId) ? session : null
}

export const drawerSession: NonNullable<QueryResolvers['drawerSession']> = async (_, { id }, context) =>
  isUuid(id) ? visible(context, await context.loaders.drawer.load(id)) : null

export const openDrawerSession: NonNullable<QueryResolvers['openDrawerSession']> = async (
  _,
  { registerId },
  context,
) =>
  isUuid(registerId)
    ? context.database
        .read(requireCaller(context).tenantId, session => openDrawerAt(session, registerId))
        .then(session => visible(context, session))
    : null

export const drawerSessions: NonNullable<QueryResolvers['drawerSessions']> = async (_, args, context) => {
  const page = readPage<[string, string]>('drawer-sessions', 2, args)
  const registerId = args.filter?.registerId ?? null
  const known = isUuid(args.storeId) && (registerId === null || isUuid(registerId))
  const rows = known
    ? await listDrawers(
        context.database,
        requireCaller(context).tenantId,
        args.storeId,
        { registerId, state: args.filter?.state ?? null },
        page.after,
        page.first + 1,
      )
    : []
  return toConnection('drawer-sessions', page, rows, ({ openedAt, id }) => [openedAt.toISOString(), id])
}

export const openDrawer: NonNullable<MutationResolvers['openDrawer']> = (_, { input }, context, info) =>
  reading(
    () => ({
      id: input.id ? readId('id', input.id) : undefined,
      storeId: readId('storeId', input.storeId),
      registerId: readId('registerId', input.registerId),
      float: readAmount('float', input.float, 'not-negative'),
      currency: input.float.currency,
    }),
    asked => drawers.openDrawer(context, asked, idempotencyKeyOf(context, info, input.id)),
  )

const readMove = (input: PayInOrOutInput) => ({
  id: input.id ? readId('id', input.id) : undefined,
  sessionId: readId('sessionId', input.sessionId),
  amount: readAmount('amount', input.amount, 'positive'),
  currency: input.amount.currency,
  reason: readLine('reason', input.reason, REASON_CHARACTERS_MOST),
})

export const payIn: NonNullable<MutationResolvers['payIn']> = (_, { input }, context, info) =>
  reading(
    () => readMove(input),
    asked => drawers.payInOrOut(context, 'PAID_IN', asked, idempotencyKeyOf(context, info, input.id)),
  )

export const payOut: NonNullable<MutationResolvers['payOut']> = (_, { input }, context, info) =>
  reading(
    () => readMove(input),
    asked => drawers.payInOrOut(context, 'PAID_OUT', asked, idempotencyKeyOf(context, info, input.id)),
  )

export const countDrawer: NonNullable<MutationResolvers['countDrawer']> = (_, { input }, context) =>
  reading(
    () => ({
      sessionId: readId('sessionId', input.sessionId),
      counted: readAmount('counted', input.counted, 'not-negative'),
      currency: input.counted.currency,
      note: readNote('note', input.note, NOTE_CHARACTERS_MOST),
    }),
    asked => drawers.countDrawer(context, asked),
  )

export const closeDrawer: NonNullable<MutationResolvers['closeDrawer']> = (_, { input }, context) =>
  reading(
    () => readId('sessionId', input.sessionId),
    id => drawers.closeDrawer(context, id),
  )

export const DrawerSession: DrawerSessionResolvers = {
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? visible(context, await context.loaders.drawer.load(id)) : null,
  register: ({ registerId }) => ({ id: registerId }),
  float: ({ float, currency }) => ({ minor: float, currency }),
  openedBy: ({ openedBy }) => ({ id: openedBy }),
  counted: ({ counted, currency }) => (counted === null ? null : { minor: counted, currency }),
  closedBy: ({ closedBy }) => (closedBy === null ? null : { id: closedBy }),
  variance: ({ counted, expected, currency }) =>
    counted === null || expected === null ? null : { minor: counted - expected, currency },
  supplement: async ({ id, counted, expected, currency }, _, context) => {
    const sum = await sumSupplement(context.database, requireCaller(context).tenantId, id)
    if (sum.payments === 0 || counted === null || expected === null) return null
    const money = (minor: bigint) => ({ minor, currency })
    return {
      payments: sum.payments,
      sales: money(sum.amount),
      tips: money(sum.tip),
      variance: money(counted - expected - sum.amount - sum.tip),
    }
  },
  report: async ({ id, float, counted, currency }, _, context) => {
    const sums = sumDrawerSession(await sumDrawer(context.database, requireCaller(context).tenantId, id))
    const money = (minor: bigint) => ({ minor, currency })
    return {
      float: money(float),
      tenders: tenderTotals(sums.tenders, currency),
      sales: money(sums.sales),
      refunds: money(sums.refunds),
      tips: money(sums.tips),
      paidIn: money(sums.paidIn),
      paidOut: money(sums.paidOut),
      handedIn: money(sums.handedIn),
      expectedCash: money(sums.expectedCash),
      countedCash: counted === null ? null : money(counted),
      variance: counted === null ? null : money(counted - sums.expectedCash),
    }
  },
}
