import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { ownCourier } from '../access/visible.ts'
import type { Context } from '../context.ts'
import type { Delivery } from '../domain/delivery.ts'
import { arrivals } from '../domain/eta.ts'
import type { Point } from '../domain/geometry.ts'
import { notFound, tooSoon } from '../domain/problems.ts'
import { lockStoreEnd, saveProgress } from '../store/changes.ts'
import { moveCourier } from '../store/couriers.ts'
import { lockDeliveriesOnTheirWay } from '../store/deliveries.ts'
import { addToTrails } from '../store/trail.ts'

const REPORT_EVERY_MS = 3_000
const STOPS_MOST = 50

/** Notes where the calling courier is, and when what they are on the way with is expected now. */
export async function reportPosition(context: Context, point: Point) {
  const courier = await ownCourier(context)
  if (!courier?.active || !requireCaller(context).may('delivery.own.update', courier.storeId))
    return notFound('courier')
  const now = context.clock.now()
  const latest = new Date(now.getTime() - REPORT_EVERY_MS)
  const retryAfterSeconds = REPORT_EVERY_MS / 1_000
  // most of what comes too soon is turned away here, without a lock; the statement below decides
  if (courier.position && courier.position.at > latest) return tooSoon(retryAfterSeconds)
  return context.database.write(requireCaller(context).tenantId, async session => {
    await lockStoreEnd(session, courier.storeId)
    const moved = await moveCourier(session, courier.id, point, now, latest)
    if (!moved) return tooSoon(retryAfterSeconds)
    const position = { ...point, at: now }
    const onTheirWay = await lockDeliveriesOnTheirWay(session, courier.id, STOPS_MOST)
    const etas = arrivals(
      point,
      onTheirWay.map(({ place }) => place),
      moved.vehicle,
      now,
    )
    const deliveries: Delivery[] = []
    for (const [index, before] of onTheirWay.entries()) {
      // who was forgotten is not followed to their door any more
      if (before.anonymisedAt !== null) deliveries.push(before)
      else deliveries.push(await saveProgress(session, before, { ...before, position, eta: etas[index] ?? null }, now))
    }
    const followed = deliveries.filter(({ anonymisedAt }) => anonymisedAt === null).map(({ id }) => id)
    if (followed.length > 0) {
      await addToTrails(session, followed, position)
      session.afterCommit(() => context.changed(session.tenantId, [courier.storeId]))
    }
    return { __typename: 'ReportPositionSuccess', courier: moved, deliveries } as const
  })
}
