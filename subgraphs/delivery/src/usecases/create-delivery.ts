import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { deliveryCreated } from '@tillgraph/kit/events/delivery'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { hashPin } from '../access/pin.ts'
import type { Context } from '../context.ts'
import type { Delivery } from '../domain/delivery.ts'
import type { Point } from '../domain/geometry.ts'
import { notFound, orderHasDelivery, orderNotToBring, refusedTerms } from '../domain/problems.ts'
import { termsFor } from '../domain/zone.ts'
import { insertDelivery, lockStoreEnd } from '../store/changes.ts'
import type { KnownStore } from '../store/stores.ts'
import { zonesFor } from '../store/zones.ts'

type Given = 'orderId' | 'storeId' | 'customerId' | 'address' | 'contactName' | 'contactPhone' | 'note'

export interface NewDelivery extends Pick<Delivery, Given | 'windowFrom' | 'windowUntil'> {
  readonly id: string | undefined
  readonly place: Point
  /** The courier collects what is owed for the order. */
  readonly cashOnDelivery: boolean
}

/** What orders says of it; undefined where there is no such order. */
const orderToBring = (context: Context, orderId: string) =>
  context.orders.find({ tenantId: requireCaller(context).tenantId, requestId: context.requestId }, orderId)

export async function createDelivery(
  context: Context,
  store: KnownStore,
  asked: NewDelivery,
  pin: string | null,
  key: string | undefined,
) {
  // the PIN itself is no part of what is kept of a request: from a fingerprint it would be found in no time
  const content = { ...asked, pin: pin !== null }
  try {
    return await carryOut(context, { operation: 'createDelivery', key, content }, async session => {
      const now = context.clock.now()
      const { id, cashOnDelivery, ...given } = asked
      const order = await orderToBring(context, given.orderId)
      if (!order || order.storeId !== given.storeId) return notFound('order')
      if (order.status === 'CANCELLED' || order.status === 'REFUNDED') return orderNotToBring(order.status)
      const orderTotal = order.total.minor
      const window = { from: given.windowFrom, until: given.windowUntil }
      const zones = await zonesFor(session, store.id)
      const terms = termsFor(zones, { place: given.place, orderTotal, window }, now, store.timeZone)
      if (terms.kind !== 'offered') return refusedTerms(terms, store.currency)
      const pinHash = pin === null ? null : await hashPin(pin)
      await lockStoreEnd(session, store.id)
      const delivery = await insertDelivery(session, {
        ...given,
        partnerId: order.partnerId,
        cashDue: cashOnDelivery && order.owed.minor > 0n ? order.owed.minor : null,
        id: id ?? context.makeId(),
        zoneId: terms.zone.id,
        fee: terms.zone.fee,
        currency: store.currency,
        pinHash,
        pinFailures: 0,
        createdAt: now,
        version: 0n,
        failureNote: null,
        proof: null,
        anonymisedAt: null,
        courierBefore: null,
        ...untouched(now),
      })
      const { orderId, storeId, customerId, windowFrom, windowUntil, version } = delivery
      const facts = { orderId, storeId, customerId, windowFrom, windowUntil }
      const progress = { deliveryId: delivery.id, state: 'PENDING', courierId: null, version, at: now } as const
      await writeEvent(session, deliveryCreated.of(delivery.id, { ...facts, ...progress }, context.makeId()))
      session.afterCommit(() => context.changed(session.tenantId, [storeId]))
      // the answer may be kept for ever, and needs no more than the name of what was made
      return { __typename: 'CreateDeliverySuccess', deliveryId: delivery.id } as const
    })
  } catch (error) {
    if (violatedConstraint(error) === 'delivery_of_order') return orderHasDelivery()
    throw error
  }
}

const untouched = (now: Date) =>
  ({
    state: 'PENDING',
    courierId: null,
    changedAt: now,
    pickedUpAt: null,
    departedAt: null,
    endedAt: null,
    failedAttempts: 0,
    failureReason: null,
    eta: null,
    position: null,
  }) as const
