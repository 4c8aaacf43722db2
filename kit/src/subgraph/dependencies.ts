import type { AccessTokenReader } from '../access/access-token.ts'
import type { ServiceTokens } from '../access/service-token.ts'
import type { Clock } from '../clock.ts'
import type { Bus } from '../events/bus.ts'
import type { QueueConnection } from '../events/queue-connection.ts'
import type { GraphExecutor } from '../graph-request.ts'
import type { MakeId } from '../ids.ts'
import type { Logger } from '../log.ts'

/** Everything a subgraph is handed when it is put together, in a process of its own or in one box with the others. */
export interface SubgraphDependencies {
  /** Its schema, as its application role. */
  readonly databaseUrl: string
  /** Its outbox and cross-tenant jobs, as its relay role. */
  readonly relayUrl: string
  readonly queues: QueueConnection
  readonly bus: Bus
  readonly accessTokens: AccessTokenReader
  readonly serviceTokens: ServiceTokens
  /** The other subgraphs, by name, for their internal fields. Empty of those that this process does not know. */
  readonly peers: ReadonlyMap<string, GraphExecutor>
  readonly clock: Clock
  readonly makeId: MakeId
  readonly log: Logger
  /** Settings of its own. */
  readonly env: Readonly<Record<string, string | undefined>>
}
