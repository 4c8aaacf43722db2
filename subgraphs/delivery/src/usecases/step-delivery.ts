import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { updateRight } from '../access/visible.ts'
import type { Context } from '../context.ts'
import { type DeliveryState, type FailureReason, progressTo, stateAfter } from '../domain/delivery.ts'
import { changedMeanwhile, courierInactive, illegalTransition, notFound } from '../domain/problems.ts'
import { findCourier } from '../store/couriers.ts'
import { keepStep, withDelivery } from './with-delivery.ts'

const reached = {
  PICK_UP: 'PICKED_UP',
  DEPART: 'IN_TRANSIT',
  FAIL: 'FAILED',
  RETURN: 'RETURNED',
  RETRY: undefined,
} as const satisfies Record<string, DeliveryState | undefined>

export interface FailureGiven {
  readonly reason: FailureReason
  readonly note: string | null
}

/** A step of whoever brings it. One that was taken already answers the same again. */
export async function stepDelivery(
  context: Context,
  step: keyof typeof reached,
  id: string,
  failure: FailureGiven | undefined,
) {
  const rightOf = await updateRight(context)
  return withDelivery(
    context,
    id,
    delivery => rightOf(delivery) !== undefined,
    async (session, delivery) => {
      if (delivery.state === reached[step]) return { __typename: 'StepDeliverySuccess', delivery } as const
      const state = stateAfter(delivery, step)
      if (!state) return illegalTransition(delivery.state)
      const after = {
        ...progressTo(delivery, state, context.clock.now()),
        ...(failure && { failureReason: failure.reason, failureNote: failure.note }),
      }
      return {
        __typename: 'StepDeliverySuccess',
        delivery: await keepStep(context, session, delivery, after),
      } as const
    },
  )
}

/** Gives a delivery to a courier of its store. Of any number who do so with the version they have read, one wins. */
export async function assignDelivery(
  context: Context,
  asked: { readonly id: string; readonly courierId: string; readonly version: number | undefined },
) {
  const caller = requireCaller(context)
  return withDelivery(
    context,
    asked.id,
    ({ storeId }) => caller.may('delivery.delivery.assign', storeId),
    async (session, delivery) => {
      const courier = await findCourier(session, asked.courierId)
      if (!courier || courier.storeId !== delivery.storeId) return notFound('courier')
      if (delivery.state === 'ASSIGNED' && delivery.courierId === courier.id)
        return { __typename: 'StepDeliverySuccess', delivery } as const
      if (asked.version !== undefined && BigInt(asked.version) !== delivery.version) return changedMeanwhile()
      const state = stateAfter(delivery, 'ASSIGN')
      if (!state) return illegalTransition(delivery.state)
      if (!courier.active) return courierInactive()
      const after = { ...progressTo(delivery, state, context.clock.now()), courierId: courier.id }
      return {
        __typename: 'StepDeliverySuccess',
        delivery: await keepStep(context, session, delivery, after),
      } as const
    },
  )
}

export async function unassignDelivery(context: Context, id: string) {
  const caller = requireCaller(context)
  return withDelivery(
    context,
    id,
    ({ storeId }) => caller.may('delivery.delivery.assign', storeId),
    async (session, delivery) => {
      if (delivery.state === 'PENDING') return { __typename: 'StepDeliverySuccess', delivery } as const
      const state = stateAfter(delivery, 'UNASSIGN')
      if (!state) return illegalTransition(delivery.state)
      const after = progressTo(delivery, state, context.clock.now())
      return {
        __typename: 'StepDeliverySuccess',
        delivery: await keepStep(context, session, delivery, after),
      } as const
    },
  )
}
