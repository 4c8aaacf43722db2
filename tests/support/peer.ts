import { SERVICE_TOKEN_HEADER, type ServiceTokens } from '@tillgraph/kit/access/service-token'
import type { GraphRequest, GraphService } from '@tillgraph/kit/graph-request'

/** Another subgraph, for one under test to ask: it answers the tenant of whoever asks, with what it is told to. */
export function peerThatAnswers(
  tokens: ServiceTokens,
  answer: (tenantId: string, request: GraphRequest) => object,
): GraphService {
  return {
    async execute(request) {
      const { tenantId } = await tokens.read(request.headers[SERVICE_TOKEN_HEADER] ?? '')
      return { data: answer(tenantId, request) as Record<string, unknown> }
    },
    subscribe() {
      throw new Error('A subgraph subscribes to nothing of others')
    },
  }
}

/** The ids that it was asked for. */
export const idsOf = ({ variables }: GraphRequest) => (variables?.ids ?? []) as string[]
