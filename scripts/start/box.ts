import { type AccessTokenReader, createAccessTokenReader } from '@tillgraph/kit/access/access-token'
import { type KnownEndedSessions, listenForEndedSessions } from '@tillgraph/kit/access/ended-sessions'
import { ENDED_SESSIONS_PATH, readEndedSessions } from '@tillgraph/kit/access/recently-ended'
import { systemClock } from '@tillgraph/kit/clock'
import { applicationRole, QUEUES_ROLE, QUEUES_SCHEMA, relayRole, roleUrl } from '@tillgraph/kit/database/role-url'
import { openBus } from '@tillgraph/kit/events/open-bus'
import type { HttpAnswer, HttpRoute } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import type { Logger } from '@tillgraph/kit/log'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type { Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { createRemoteJWKSet, customFetch } from 'jose'
import { assemble as catalog } from '../../subgraphs/catalog/src/subgraph.ts'
import { assemble as delivery } from '../../subgraphs/delivery/src/subgraph.ts'
import { assemble as identity } from '../../subgraphs/identity/src/subgraph.ts'
import { assemble as inventory } from '../../subgraphs/inventory/src/subgraph.ts'
import { assemble as orders } from '../../subgraphs/orders/src/subgraph.ts'
import { assemble as payments } from '../../subgraphs/payments/src/subgraph.ts'
import { makeServiceKeys, serviceTokensOf } from './service-keys.ts'

const JWKS_PATH = '/.well-known/jwks.json'

const assemblers = { identity, catalog, inventory, orders, payments, delivery } satisfies Record<
  string,
  (dependencies: SubgraphDependencies) => Subgraph
>

export interface BoxOptions {
  /** A database that all subgraphs share, migrated. */
  readonly databaseUrl: string
  readonly subgraphUrls?: Readonly<Record<string, string | undefined>>
  readonly roleSecret: string
  readonly redisUrl?: string | undefined
  readonly issuer: string
  readonly audience: string
  /** What identity's signing keys are encrypted with. */
  readonly identityKeySecret: string
  readonly log: Logger
}

/** All six subgraphs in this process, calling each other without a socket. */
export interface Box {
  readonly subgraphs: ReadonlyMap<string, Subgraph>
  readonly accessTokens: AccessTokenReader
  /** What is served in plain HTTP beside the graph. */
  readonly routes: readonly HttpRoute[]
  stop(): Promise<void>
}

export async function startBox(options: BoxOptions): Promise<Box> {
  const { databaseUrl, roleSecret, log } = options
  const names = Object.keys(assemblers)
  const keys = await makeServiceKeys(names)
  const subgraphs = new Map<string, Subgraph>()
  const bus = await openBus({
    redisUrl: options.redisUrl,
    databaseUrl: roleUrl(databaseUrl, applicationRole('identity'), roleSecret),
    log,
  })
  let ended: KnownEndedSessions | undefined
  const accessTokens = createAccessTokenReader({
    issuer: options.issuer,
    audience: options.audience,
    keys: createRemoteJWKSet(new URL(`http://identity${JWKS_PATH}`), {
      [customFetch]: async () => {
        const answer = await askIdentity(subgraphs, JWKS_PATH)
        return new Response(answer.body.toString(), { status: answer.status })
      },
    }),
    clock: systemClock,
    ended: { has: sessionId => ended?.has(sessionId) ?? false },
  })
  let stopped: Promise<void> | undefined
  const stopAll = async () => {
    for (const subgraph of [...subgraphs.values()].reverse()) await subgraph.stop()
    await ended?.close()
    await bus.close()
  }
  const stop = () => {
    stopped ??= stopAll()
    return stopped
  }
  try {
    for (const [name, assemble] of Object.entries(assemblers)) {
      const url = options.subgraphUrls?.[name] ?? databaseUrl
      subgraphs.set(
        name,
        assemble({
          databaseUrl: roleUrl(url, applicationRole(name), roleSecret),
          relayUrl: roleUrl(url, relayRole(name), roleSecret),
          queues: options.redisUrl
            ? { kind: 'redis', url: options.redisUrl }
            : { kind: 'postgres', url: roleUrl(databaseUrl, QUEUES_ROLE, roleSecret), schema: QUEUES_SCHEMA },
          bus,
          accessTokens,
          serviceTokens: serviceTokensOf(keys, name),
          peers: subgraphs,
          clock: systemClock,
          makeId,
          log,
          env: {
            ...process.env,
            TOKEN_ISSUER: options.issuer,
            TOKEN_AUDIENCE: options.audience,
            IDENTITY_KEY_SECRET: options.identityKeySecret,
          },
        }),
      )
    }
    for (const subgraph of subgraphs.values()) await subgraph.start()
    ended = await listenForEndedSessions({
      bus,
      clock: systemClock,
      recent: async () => readEndedSessions((await askIdentity(subgraphs, ENDED_SESSIONS_PATH)).body.toString()),
    })
  } catch (error) {
    await stop()
    throw error
  }
  // which sign-ins have ended is for our own processes to know
  const routes = [...subgraphs.values()]
    .flatMap(subgraph => subgraph.routes)
    .filter(({ path }) => path !== ENDED_SESSIONS_PATH)
  return { subgraphs, accessTokens, routes, stop }
}

async function askIdentity(subgraphs: ReadonlyMap<string, Subgraph>, path: string): Promise<HttpAnswer> {
  const route = subgraphs.get('identity')?.routes.find(known => known.path === path)
  if (!route) throw new Error(`identity does not serve ${path}`)
  return route.handle({ method: 'GET', path, search: '', headers: {}, body: Buffer.alloc(0) })
}
