import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import type { Courier, Vehicle } from '../domain/courier.ts'
import { alreadyACourier, changedMeanwhile, courierHasDeliveries, notFound } from '../domain/problems.ts'
import { lockStoreEnd } from '../store/changes.ts'
import { findCourier, insertCourier, updateCourier } from '../store/couriers.ts'
import { courierIsBusy } from '../store/deliveries.ts'

export interface NewCourier {
  readonly id: string | undefined
  readonly storeId: string
  readonly userId: string
  readonly firstName: string
  readonly vehicle: Vehicle
}

export async function createCourier(context: Context, asked: NewCourier, key: string | undefined) {
  try {
    return await carryOut(context, { operation: 'createCourier', key, content: asked }, async session => {
      const id = asked.id ?? context.makeId()
      const courier: Courier = { ...asked, id, active: true, version: 1, position: null }
      await insertCourier(session, courier)
      return { __typename: 'CreateCourierSuccess', courier } as const
    })
  } catch (error) {
    if (violatedConstraint(error) === 'courier_of_user') return alreadyACourier()
    throw error
  }
}

export interface CourierChange {
  readonly id: string
  readonly version: number | undefined
  readonly firstName?: string
  readonly vehicle?: Vehicle
  readonly active?: boolean
}

export async function changeCourier(context: Context, asked: CourierChange) {
  const caller = requireCaller(context)
  const { id, version, ...change } = asked
  return context.database.write(caller.tenantId, async session => {
    const seen = await findCourier(session, id)
    if (!seen || !caller.may('delivery.courier.write', seen.storeId)) return notFound('courier')
    // nothing is given to a courier while this is decided
    await lockStoreEnd(session, seen.storeId)
    const before = (await findCourier(session, id)) ?? seen
    if (version !== undefined && version !== before.version) return changedMeanwhile()
    if (change.active === false && (await courierIsBusy(session, id))) return courierHasDeliveries()
    const courier = await updateCourier(session, { ...before, ...change })
    return courier ? ({ __typename: 'UpdateCourierSuccess', courier } as const) : changedMeanwhile()
  })
}
