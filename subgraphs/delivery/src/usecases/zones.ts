import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { changedMeanwhile, notFound, tooManyZones } from '../domain/problems.ts'
import { type DeliveryZone, ZONES_MOST } from '../domain/zone.ts'
import { lockStoreEnd } from '../store/changes.ts'
import { insertZone, lockZone, updateZone, zonesFor } from '../store/zones.ts'

export type NewZone = Omit<DeliveryZone, 'id' | 'version' | 'archivedAt'> & { readonly id: string | undefined }

export function createZone(context: Context, asked: NewZone, key: string | undefined) {
  return carryOut(context, { operation: 'createDeliveryZone', key, content: asked }, async session => {
    // two at once must not both be the last that there is room for
    await lockStoreEnd(session, asked.storeId)
    if ((await zonesFor(session, asked.storeId)).length >= ZONES_MOST) return tooManyZones()
    const zone: DeliveryZone = { ...asked, id: asked.id ?? context.makeId(), version: 1, archivedAt: null }
    await insertZone(session, zone)
    return { __typename: 'CreateDeliveryZoneSuccess', zone } as const
  })
}

/** Changes a zone where it is still as the caller has read it; a change that changes nothing is none. */
export function changeZone<Name extends 'UpdateDeliveryZoneSuccess' | 'ArchiveDeliveryZoneSuccess'>(
  context: Context,
  success: Name,
  asked: { readonly id: string; readonly version: number | undefined },
  change: (zone: DeliveryZone, now: Date) => DeliveryZone,
) {
  const caller = requireCaller(context)
  return context.database.write(caller.tenantId, async session => {
    const before = await lockZone(session, asked.id)
    if (!before || !caller.may('delivery.zone.write', before.storeId)) return notFound('zone')
    if (asked.version !== undefined && asked.version !== before.version) return changedMeanwhile()
    const zone: DeliveryZone = { ...change(before, context.clock.now()), version: before.version + 1 }
    await updateZone(session, zone)
    return { __typename: success, zone }
  })
}
