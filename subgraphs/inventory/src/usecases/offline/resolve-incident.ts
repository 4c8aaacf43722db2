import { oversoldResolved } from '@tillgraph/kit/events/inventory'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { actorOf, type Context } from '../../context.ts'
import type { OversoldIncident, OversoldResolution } from '../../domain/offline/incident.ts'
import { incidentResolved } from '../../domain/problems.ts'
import { resolveIncident as resolve } from '../../store/offline/incidents.ts'

/** Notes what was done about an incident, once: what was noted is not changed any more. */
export async function resolveIncident(
  context: Context,
  incident: OversoldIncident,
  given: { readonly resolution: OversoldResolution; readonly note: string },
) {
  const { id, storeId, productId, orderId, registerId } = incident
  const by = actorOf(context)
  const now = context.clock.now()
  return context.database.write(requireCaller(context).tenantId, async session => {
    const resolved = await resolve(session, id, { ...given, by, now })
    if (!resolved) return incident.resolution === given.resolution ? success(incident) : incidentResolved()
    const facts = { incidentId: id, storeId, productId, orderId, registerId, resolution: given.resolution }
    await writeEvent(session, oversoldResolved.of(id, { ...facts, resolvedBy: by, resolvedAt: now }))
    return success(resolved)
  })
}

const success = (incident: OversoldIncident) => ({ __typename: 'ResolveOversoldIncidentSuccess', incident }) as const
