import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { drawerClosed as drawerClosedEvent } from '@tillgraph/kit/events/payments'
import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Context } from '../context.ts'
import { plainTransfer } from '../domain/books.ts'
import type { DrawerSession } from '../domain/drawer.ts'
import { drawerClosed, drawerNotCounted, invalidInput, notFound } from '../domain/problems.ts'
import { postTransfers } from '../store/books.ts'
import {
  endDrawer,
  enterCount,
  expectedCash,
  insertDrawer,
  lockDrawer,
  openDrawerAt,
  shareDrawer,
} from '../store/drawers.ts'

export interface OpenDrawer {
  readonly id: string | undefined
  readonly storeId: string
  readonly registerId: string
  readonly float: bigint
  readonly currency: CurrencyCode
}

/** The float comes out of the safe. */
export async function openDrawer(context: Context, asked: OpenDrawer, key: string | undefined) {
  const caller = requireCaller(context)
  const { storeId, registerId, float, currency } = asked
  const store = await context.stores.find(caller.tenantId, storeId, context.requestId)
  if (!store) return notFound('store')
  if (store.currency !== currency)
    return invalidInput('float.currency', `This store keeps its books in ${store.currency}.`)
  if (!(await context.identity.registerIsAt(caller.tenantId, registerId, storeId, context.requestId)))
    return notFound('register in this store')
  try {
    return await carryOut(context, { operation: 'openDrawer', key, content: asked }, async session => {
      const open = await openDrawerAt(session, registerId)
      if (open) return alreadyOpen(open)
      const now = context.clock.now()
      const id = asked.id ?? context.makeId()
      const drawer = await insertDrawer(session, {
        id,
        storeId,
        registerId,
        currency,
        float,
        openedBy: caller.subject,
        now,
      })
      await move(context, session, drawer, { kind: 'FLOAT', amount: float, other: 'SAFE', note: null })
      return { __typename: 'OpenDrawerSuccess' as const, session: drawer }
    })
  } catch (error) {
    const violated = violatedConstraint(error)
    if (violated !== 'drawer_session_open' && violated !== 'drawer_session_number') throw error
    // another till has opened it in this very moment
    const open = await context.database.read(caller.tenantId, session => openDrawerAt(session, registerId))
    if (open) return alreadyOpen(open)
    throw error
  }
}

const alreadyOpen = (session: DrawerSession) => ({
  __typename: 'DrawerAlreadyOpen' as const,
  code: 'DRAWER_ALREADY_OPEN',
  message: "This register's drawer is open already: go on with it, or close it first.",
  session,
})

export interface PayInOrOut {
  readonly id: string | undefined
  readonly sessionId: string
  readonly amount: bigint
  readonly currency: CurrencyCode
  readonly reason: string
}

/** Moves cash that is no sale into a drawer, or out of it. */
export function payInOrOut(
  context: Context,
  direction: 'PAID_IN' | 'PAID_OUT',
  asked: PayInOrOut,
  key: string | undefined,
) {
  const caller = requireCaller(context)
  return carryOut(context, { operation: direction, key, content: asked }, async session => {
    const drawer = await shareDrawer(session, asked.sessionId)
    if (!drawer || !caller.may('payments.drawer.use', drawer.storeId)) return notFound('drawer session')
    if (drawer.state !== 'OPEN') return drawerClosed()
    if (drawer.currency !== asked.currency)
      return invalidInput('amount.currency', `This drawer holds ${drawer.currency}.`)
    const amount = direction === 'PAID_IN' ? asked.amount : -asked.amount
    await move(context, session, drawer, { kind: direction, amount, other: direction, note: asked.reason })
    return { __typename: 'PayInOrOutSuccess' as const, session: drawer }
  })
}

/** What was counted, blind. Counting again replaces it. */
export function countDrawer(
  context: Context,
  asked: { sessionId: string; counted: bigint; currency: CurrencyCode; note: string },
) {
  const caller = requireCaller(context)
  return context.database.write(caller.tenantId, async session => {
    const drawer = await lockDrawer(session, asked.sessionId)
    if (!drawer || !caller.may('payments.drawer.use', drawer.storeId)) return notFound('drawer session')
    if (drawer.state !== 'OPEN') return drawerClosed()
    if (drawer.currency !== asked.currency)
      return invalidInput('counted.currency', `This drawer holds ${drawer.currency}.`)
    const counted = await enterCount(session, drawer.id, asked.counted, context.clock.now(), asked.note)
    return { __typename: 'CountDrawerSuccess' as const, session: counted }
  })
}

/** Posts the variance and takes the cash to the safe. A drawer that was closed answers the same again. */
export function closeDrawer(context: Context, sessionId: string) {
  const caller = requireCaller(context)
  return context.database.write(caller.tenantId, async session => {
    const drawer = await lockDrawer(session, sessionId)
    if (!drawer || !caller.may('payments.drawer.use', drawer.storeId)) return notFound('drawer session')
    const __typename = 'CloseDrawerSuccess' as const
    if (drawer.state === 'CLOSED') return { __typename, session: drawer }
    if (drawer.counted === null) return drawerNotCounted()
    const now = context.clock.now()
    const { id, storeId, registerId, number, currency, counted } = drawer
    const expected = await expectedCash(session, drawer)
    const variance = counted - expected
    await move(context, session, drawer, { kind: 'VARIANCE', amount: variance, other: 'CASH_OVER_SHORT', note: null })
    await move(context, session, drawer, { kind: 'BANKED', amount: -counted, other: 'SAFE', note: null })
    const closed = await endDrawer(session, id, expected, caller.subject, now)
    await writeEvent(
      session,
      drawerClosedEvent.of(id, {
        ...{ sessionId: id, storeId, registerId, number, currency, expected, counted, variance },
        closedAt: now,
      }),
    )
    return { __typename, session: closed }
  })
}

interface Move {
  readonly kind: 'FLOAT' | 'PAID_IN' | 'PAID_OUT' | 'VARIANCE' | 'BANKED'
  /** Into the drawer; below zero, out of it. */
  readonly amount: bigint
  readonly other: 'SAFE' | 'PAID_IN' | 'PAID_OUT' | 'CASH_OVER_SHORT'
  readonly note: string | null
}

async function move(
  context: Context,
  session: Parameters<typeof postTransfers>[0],
  { id, storeId, registerId, currency }: DrawerSession,
  { kind, amount, other, note }: Move,
): Promise<void> {
  if (amount === 0n) return
  const actor = requireCaller(context).subject
  const transfer = plainTransfer(
    { id: context.makeId(), kind, storeId, drawerSessionId: id, currency, amount, referenceId: id, actor, note },
    { storeId, kind: 'CASH_DRAWER', holder: registerId },
    { storeId, kind: other, holder: '' },
    amount,
  )
  await postTransfers(session, context.clock.now(), [transfer])
}
