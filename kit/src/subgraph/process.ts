import { createRemoteJWKSet, type JSONWebKeySet, type JWK } from 'jose'
import { z } from 'zod'
import { createAccessTokenReader } from '../access/access-token.ts'
import { type KnownEndedSessions, listenForEndedSessions } from '../access/ended-sessions.ts'
import { askEndedSessions } from '../access/recently-ended.ts'
import { createServiceTokens } from '../access/service-token.ts'
import { systemClock } from '../clock.ts'
import { applicationRole, QUEUES_ROLE, QUEUES_SCHEMA, relayRole, roleUrl } from '../database/role-url.ts'
import { countSetting, portSetting, readEnv, SettingsError, urlSetting } from '../env.ts'
import { openBus } from '../events/open-bus.ts'
import type { QueueConnection } from '../events/queue-connection.ts'
import { makeId } from '../ids.ts'
import { createLog, type Logger } from '../log.ts'
import type { SubgraphDependencies } from './dependencies.ts'
import { httpPeer } from './http-peer.ts'
import { serveSubgraph } from './serve.ts'
import type { Subgraph } from './subgraph.ts'

const postgres = urlSetting('postgres', 'postgresql')
const jsonOf = <T>(what: string) =>
  z.string().transform((text, context): T => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: `must be ${what} as JSON` })
      return z.NEVER
    }
  })

/** What every subgraph's process is told by its environment; a name in front (CATALOG_DATABASE_URL) goes before. */
const settings = {
  HOST: z.string().default('0.0.0.0'),
  PORT: portSetting.default(4001),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_URL: postgres,
  DATABASE_ROLE_SECRET: z.string().min(16, 'must be at least 16 characters').optional(),
  RELAY_DATABASE_URL: postgres.optional(),
  QUEUES_DATABASE_URL: postgres.optional(),
  REDIS_URL: urlSetting('redis', 'rediss').optional(),
  TOKEN_ISSUER: z.string().min(1),
  TOKEN_AUDIENCE: z.string().min(1),
  IDENTITY_JWKS_URL: urlSetting('http', 'https'),
  IN_FLIGHT_MOST: countSetting.optional(),
  WAITING_MOST: countSetting.optional(),
  SERVICE_PRIVATE_KEY: jsonOf<JWK>('a private JWK'),
  SERVICE_PUBLIC_KEYS: jsonOf<JSONWebKeySet>('a JWK set'),
}

function boundsOf({
  IN_FLIGHT_MOST,
  WAITING_MOST,
}: {
  IN_FLIGHT_MOST?: number | undefined
  WAITING_MOST?: number | undefined
}) {
  return {
    ...(IN_FLIGHT_MOST === undefined ? {} : { inFlight: IN_FLIGHT_MOST }),
    ...(WAITING_MOST === undefined ? {} : { waiting: WAITING_MOST }),
  }
}

/** Reads the environment, assembles a subgraph, serves it, and stops it when the process is told to. */
export async function runProcess(
  name: string,
  assemble: (dependencies: SubgraphDependencies) => Subgraph,
): Promise<void> {
  try {
    const env = readEnv(settings, withOwnSettings(name, process.env))
    const log = createLog(name, env.LOG_LEVEL)
    const { dependencies, ended } = await dependenciesOf(name, env, log)
    const subgraph = assemble(dependencies)
    await subgraph.start()
    const served = await serveSubgraph(subgraph, { host: env.HOST, port: env.PORT, log, bounds: boundsOf(env) })
    log.info({ url: served.url }, 'ready')
    stopOnSignal(log, async () => {
      await served.stop()
      await subgraph.stop()
      await ended.close()
      await dependencies.bus.close()
    })
  } catch (error) {
    console.error(error instanceof SettingsError ? error.message : error)
    process.exit(1)
  }
}

/** `CATALOG_PORT` is catalog's `PORT`, so that one environment can hold the settings of all. */
function withOwnSettings(name: string, source: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const prefix = `${name.toUpperCase()}_`
  const own = Object.entries(source).filter(([key]) => key.startsWith(prefix))
  return { ...source, ...Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])) }
}

type Settings = ReturnType<typeof readEnv<typeof settings>>

async function dependenciesOf(
  name: string,
  env: Settings,
  log: Logger,
): Promise<{ dependencies: SubgraphDependencies; ended: KnownEndedSessions }> {
  const databaseUrl = env.DATABASE_ROLE_SECRET
    ? roleUrl(env.DATABASE_URL, applicationRole(name), env.DATABASE_ROLE_SECRET)
    : env.DATABASE_URL
  const relayUrl =
    env.RELAY_DATABASE_URL ??
    derived('RELAY_DATABASE_URL', env, secret => roleUrl(env.DATABASE_URL, relayRole(name), secret))
  const clock = systemClock
  const bus = await openBus({ redisUrl: env.REDIS_URL, databaseUrl, log })
  const ended = await listenForEndedSessions({ bus, clock, recent: () => askEndedSessions(env.IDENTITY_JWKS_URL) })
  const dependencies: SubgraphDependencies = {
    databaseUrl,
    relayUrl,
    queues: queuesOf(env),
    bus,
    accessTokens: createAccessTokenReader({
      issuer: env.TOKEN_ISSUER,
      audience: env.TOKEN_AUDIENCE,
      keys: createRemoteJWKSet(new URL(env.IDENTITY_JWKS_URL)),
      clock,
      ended,
    }),
    serviceTokens: createServiceTokens({
      name,
      privateKey: env.SERVICE_PRIVATE_KEY,
      publicKeys: env.SERVICE_PUBLIC_KEYS,
      clock,
    }),
    peers: peersOf(process.env),
    clock,
    makeId,
    log,
    env: withOwnSettings(name, process.env),
  }
  return { dependencies, ended }
}

function queuesOf(env: Settings): QueueConnection {
  if (env.REDIS_URL) return { kind: 'redis', url: env.REDIS_URL }
  const url =
    env.QUEUES_DATABASE_URL ??
    derived('QUEUES_DATABASE_URL or REDIS_URL', env, secret => roleUrl(env.DATABASE_URL, QUEUES_ROLE, secret))
  return { kind: 'postgres', url, schema: QUEUES_SCHEMA }
}

function derived(setting: string, env: Settings, make: (secret: string) => string): string {
  if (!env.DATABASE_ROLE_SECRET)
    throw new SettingsError([`${setting} is missing (or DATABASE_ROLE_SECRET, from which it follows)`])
  return make(env.DATABASE_ROLE_SECRET)
}

/** `INVENTORY_URL=http://…/graphql` is where the inventory subgraph is reached. */
function peersOf(source: NodeJS.ProcessEnv) {
  const named = Object.entries(source).filter(
    ([key, value]) => /^[A-Z]+_URL$/.test(key) && /^https?:/.test(value ?? ''),
  )
  return new Map(named.map(([key, value]) => [key.slice(0, -'_URL'.length).toLowerCase(), httpPeer(value as string)]))
}

/** SIGINT and SIGTERM end the process in order; a second one ends it at once. */
export function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      stop().then(
        () => process.exit(0),
        error => {
          log.error({ err: error }, 'could not stop in order')
          process.exit(1)
        },
      )
    })
}
