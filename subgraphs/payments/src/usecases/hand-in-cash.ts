import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Context } from '../context.ts'
import { plainTransfer } from '../domain/books.ts'
import { courierAccount } from '../domain/courier-cash.ts'
import { courierOwesLess, drawerClosed, invalidInput, notFound } from '../domain/problems.ts'
import { postTransfers } from '../store/books.ts'
import { lockCourierCash } from '../store/courier-cash.ts'
import { shareDrawer } from '../store/drawers.ts'

export interface HandInCash {
  readonly id: string | undefined
  readonly sessionId: string
  readonly courierId: string
  readonly amount: bigint
  readonly currency: CurrencyCode
}

/** A courier's cash goes into an open drawer: all of what they hold, or a part. */
export function handInCourierCash(context: Context, asked: HandInCash, key: string | undefined) {
  const caller = requireCaller(context)
  return carryOut(context, { operation: 'handInCourierCash', key, content: asked }, async session => {
    const drawer = await shareDrawer(session, asked.sessionId)
    if (!drawer || !caller.may('payments.drawer.use', drawer.storeId)) return notFound('drawer session')
    if (drawer.state !== 'OPEN') return drawerClosed()
    const { storeId, registerId, currency } = drawer
    if (currency !== asked.currency) return invalidInput('amount.currency', `This drawer holds ${currency}.`)
    const { courierId, amount } = asked
    const held = await lockCourierCash(session, storeId, courierId, currency)
    if (held < amount) return courierOwesLess({ minor: held, currency })
    const transfer = plainTransfer(
      {
        ...{ id: asked.id ?? context.makeId(), storeId, currency, amount },
        kind: 'HANDED_IN',
        drawerSessionId: drawer.id,
        referenceId: courierId,
        actor: caller.subject,
        note: null,
      },
      { storeId, kind: 'CASH_DRAWER', holder: registerId },
      courierAccount(storeId, courierId),
      amount,
    )
    await postTransfers(session, context.clock.now(), [transfer])
    return {
      __typename: 'HandInCourierCashSuccess' as const,
      session: drawer,
      stillOwed: { minor: held - amount, currency },
    }
  })
}
