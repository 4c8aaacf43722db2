import type { GraphService } from '@tillgraph/kit/graph-request'
import type { ValueTransport } from './transport.ts'

export function inProcessTransport(service: GraphService): ValueTransport {
  return {
    form: 'value',
    send: request => service.execute(request),
    subscribe: request => service.subscribe(request),
  }
}
