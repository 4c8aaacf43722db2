import { listSetting, portSetting, readEnv, SettingsError, urlSetting } from '@tillgraph/kit/env'
import { z } from 'zod'
import { readLimits, readRateLimits } from './limiting/limit-settings.ts'
import type { RateLimits } from './limiting/rate-limiter.ts'
import type { MetricsAddress } from './metrics/metrics-server.ts'
import type { Limits } from './operations/limits.ts'

/** A part of the graph that is served by itself. */
export interface ContractSettings {
  readonly path: string
  readonly schema: { readonly file: string }
  readonly limits: Partial<Limits>
  readonly rateLimits: RateLimits | undefined
}

export interface GatewaySettings {
  readonly supergraph: string
  readonly host: string
  readonly port: number
  readonly production: boolean
  readonly corsOrigins: readonly string[]
  readonly trustedProxies: number
  readonly subgraphUrls: Readonly<Record<string, string>>
  readonly passThrough: readonly { readonly path: string; readonly target: string }[]
  readonly contracts: readonly ContractSettings[]
  readonly limits: Partial<Limits>
  /** Undefined where nobody is counted. */
  readonly rateLimits: RateLimits | undefined
  readonly redisUrl: string | undefined
  readonly metrics: MetricsAddress | undefined
  readonly identity: { readonly jwksUrl: string; readonly issuer: string; readonly audience: string } | undefined
}

const NOT_A_COUNT = 'must be how many proxies of yours stand in front, 0 to 10'

const SHAPE = {
  SUPERGRAPH: z.string(),
  HOST: z.string().default('127.0.0.1'),
  GATEWAY_PORT: portSetting.optional(),
  PORT: portSetting.optional(),
  METRICS_PORT: portSetting.optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  NODE_ENV: z.string().optional(),
  CORS_ORIGINS: listSetting
    .refine(origins => origins.every(isOrigin), 'must be origins such as https://shop.example, with commas between')
    .optional(),
  TRUSTED_PROXIES: z.coerce.number(NOT_A_COUNT).int(NOT_A_COUNT).min(0, NOT_A_COUNT).max(10, NOT_A_COUNT).default(0),
  CONTRACTS: listSetting
    .transform(parts => parts.map(readContract))
    .refine(parts => parts.every(part => part !== undefined), 'must be like /partner/graphql=partner.graphql')
    .optional(),
  PASS_THROUGH: listSetting
    .transform(parts => parts.map(readPass))
    .refine(
      parts => parts.every(part => part !== undefined),
      'must be like /oauth/token=http://127.0.0.1:4001/oauth/token',
    )
    .optional(),
  REDIS_URL: urlSetting('redis', 'rediss').optional(),
  IDENTITY_JWKS_URL: urlSetting('http', 'https').optional(),
  TOKEN_ISSUER: z.string().optional(),
  TOKEN_AUDIENCE: z.string().optional(),
}

const SUBGRAPH_URL = /^([A-Z][A-Z0-9_]*)_URL$/
const NOT_A_SUBGRAPH = new Set(['IDENTITY_JWKS', 'DATABASE', 'REDIS'])
const DEFAULT_PORT = 4000

/** Reads everything the gateway process is told by its environment; flags given on the command line go first. */
export function readGatewaySettings(
  source: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): GatewaySettings {
  const env = readEnv(SHAPE, { ...source, ...withoutUndefined(flags) })
  const { IDENTITY_JWKS_URL: jwksUrl, TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: audience } = env
  const identity = jwksUrl && issuer && audience ? { jwksUrl, issuer, audience } : undefined
  if (!identity && (jwksUrl || issuer || audience)) {
    throw new SettingsError([
      'IDENTITY_JWKS_URL, TOKEN_ISSUER and TOKEN_AUDIENCE go together: give all of them or none',
    ])
  }
  return {
    supergraph: env.SUPERGRAPH,
    host: env.HOST,
    port: env.GATEWAY_PORT ?? env.PORT ?? DEFAULT_PORT,
    production: env.NODE_ENV === 'production',
    corsOrigins: env.CORS_ORIGINS ?? [],
    trustedProxies: env.TRUSTED_PROXIES,
    subgraphUrls: subgraphUrls(source),
    passThrough: (env.PASS_THROUGH ?? []).filter(pass => pass !== undefined),
    contracts: contractsOf(env.CONTRACTS ?? [], source, { host: env.HOST, hasIdentity: identity !== undefined }),
    limits: readLimits(source),
    rateLimits: readRateLimits(source, { host: env.HOST, hasIdentity: identity !== undefined }),
    redisUrl: env.REDIS_URL,
    metrics: env.METRICS_PORT === undefined ? undefined : { port: env.METRICS_PORT, host: env.METRICS_HOST },
    identity,
  }
}

/** `ORDERS_URL` overrides the routing url of the subgraph `orders`. */
function subgraphUrls(source: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const urls: Record<string, string> = {}
  const faults: string[] = []
  for (const [name, value] of Object.entries(source)) {
    const subgraph = SUBGRAPH_URL.exec(name)?.[1]
    if (!subgraph || !value || NOT_A_SUBGRAPH.has(subgraph) || !/^https?:/.test(value)) continue
    if (URL.canParse(value)) urls[subgraph.toLowerCase().replaceAll('_', '-')] = value
    else faults.push(`${name}: must be an address that begins with http:// or https://`)
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return urls
}

function contractsOf(
  given: readonly (Pick<ContractSettings, 'path' | 'schema'> | undefined)[],
  source: Readonly<Record<string, string | undefined>>,
  place: { readonly host: string; readonly hasIdentity: boolean },
): ContractSettings[] {
  const limits = readLimits(source, 'CONTRACT_')
  const rateLimits = readRateLimits(source, place, 'CONTRACT_')
  return given.filter(one => one !== undefined).map(one => ({ ...one, limits, rateLimits }))
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

function readContract(text: string): Pick<ContractSettings, 'path' | 'schema'> | undefined {
  const match = /^(\/[^=]+)=(.+)$/.exec(text)
  return match?.[1] && match[2] ? { path: match[1], schema: { file: match[2] } } : undefined
}

function readPass(text: string): { path: string; target: string } | undefined {
  const match = /^(\/[^=]*)=(https?:\/\/.+)$/.exec(text)
  return match?.[1] && match[2] && URL.canParse(match[2]) ? { path: match[1], target: match[2] } : undefined
}

function withoutUndefined(flags: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(flags).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
