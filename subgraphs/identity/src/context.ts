import type { RequestContext } from '@tillgraph/kit/subgraph/request'
import { type Loaders, loadersOf } from './loaders.ts'
import type { Services } from './services.ts'

export interface Context extends RequestContext, Services {
  /** Loads by id within a tenant: the caller's, or the one that somebody has just signed in to. */
  load(tenantId: string): Loaders
}

/** What the resolvers of one request share. */
export function contextOf(request: RequestContext, services: Services): Context {
  const known = new Map<string, Loaders>()
  return {
    ...services,
    ...request,
    load(tenantId) {
      const loaders = known.get(tenantId) ?? loadersOf(services, tenantId)
      known.set(tenantId, loaders)
      return loaders
    },
  }
}
