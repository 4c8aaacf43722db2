import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import { createLoaders, type Loaders } from './loaders.ts'
import type { Services } from './services.ts'

export interface Context extends RequestContext, Services {
  readonly loaders: Loaders
}

/** What the resolvers of one request share. Loaders are made when the first of them is asked for. */
export function contextOf(request: RequestContext, services: Services): Context {
  let loaders: Loaders | undefined
  return {
    ...services,
    ...request,
    get loaders() {
      loaders ??= createLoaders(services, requireCaller(request).tenantId)
      return loaders
    },
  }
}
