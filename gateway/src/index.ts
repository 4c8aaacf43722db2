import './supergraph/no-telemetry.ts'
import { parseArgs } from 'node:util'
import { createAccessTokenReader } from '@tillgraph/kit/access/access-token'
import { askForEndedSessions } from '@tillgraph/kit/access/ended-sessions'
import { askEndedSessions } from '@tillgraph/kit/access/recently-ended'
import { systemClock } from '@tillgraph/kit/clock'
import { SettingsError } from '@tillgraph/kit/env'
import { createLog, type Logger } from '@tillgraph/kit/log'
import { createRemoteJWKSet } from 'jose'
import { type GatewaySettings, readGatewaySettings } from './env.ts'
import { createGateway } from './gateway.ts'
import { passThroughRoutes } from './http/routes.ts'
import type { CallerReader } from './identity/caller-reader.ts'
import { tokenCallerReader } from './identity/token-caller-reader.ts'
import { describeLimits } from './limiting/limit-settings.ts'
import { readTrustedOperations } from './operations/trusted-settings.ts'

const HELP = `Serves a Federation 2 supergraph.

  npm run gateway -- --supergraph FILE [--contract /PATH=FILE] [--port N] [--host HOST]

  --supergraph FILE  the composed supergraph; taken up again whenever it changes   (SUPERGRAPH)
  --contract /PATH=FILE  serves a part of the supergraph at a path of its own: what stands in FILE, an API schema, and
                     no more. May be given several times                           (CONTRACTS, with commas between)
  --port N           the port to listen on, 4000 by default                        (GATEWAY_PORT or PORT)
  --host HOST        the address to listen on, 127.0.0.1 by default                (HOST)
  --help             this text

With METRICS_PORT, /metrics tells Prometheus how it goes, on METRICS_HOST (127.0.0.1), never on the public port.

The environment also knows NODE_ENV=production (no introspection, no inside information in errors), CORS_ORIGINS,
NAME_URL (overrides the routing url of the subgraph "name"), PASS_THROUGH (/path=http://…,/path=http://…), and
IDENTITY_JWKS_URL with TOKEN_ISSUER and TOKEN_AUDIENCE. Without an identity the gateway is open and listens on
this machine only unless told otherwise. With one, a partner's token opens the contracts, and a person's the rest.

TRUSTED_OPERATIONS_FILES names manifests of persisted queries, with commas between: they are planned at the start, and
clients may send their hashes alone. TRUSTED_OPERATIONS says what else is run: nothing (only; so in production), anything
(known; so otherwise), or off.

Limits, and what they are unless set otherwise. Rates are so much a second and so much at once: requests for an address
without a token, units of cost for callers and their businesses. They are counted unless RATE_LIMITS=off; a gateway
without an identity on 127.0.0.1 counts with RATE_LIMITS=on only. With REDIS_URL, gateways count together.

${describeLimits()}
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      supergraph: { type: 'string' },
      port: { type: 'string' },
      contract: { type: 'string', multiple: true },
      host: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const settings = readGatewaySettings(process.env, {
    SUPERGRAPH: values.supergraph,
    GATEWAY_PORT: values.port,
    HOST: values.host,
    CONTRACTS: values.contract?.join(','),
  })
  const log = createLog('gateway', settings.production ? 'info' : 'warn')
  const identity = settings.identity && (await followIdentity(settings.identity, log))
  const gateway = await createGateway({
    supergraph: { file: settings.supergraph },
    subgraphUrls: settings.subgraphUrls,
    routes: settings.passThrough.flatMap(({ path, target }) => passThroughRoutes(path, target)),
    ...(identity ? { reader: identity.reader, admits: ['person', 'service'] } : {}),
    contracts: settings.contracts.map(contract =>
      settings.identity ? { ...contract, admits: ['partner'] } : contract,
    ),
    trusted: await readTrustedOperations(process.env, settings),
    cors: { origins: settings.corsOrigins },
    trustedProxies: settings.trustedProxies,
    limits: settings.limits,
    rateLimits: settings.rateLimits,
    redisUrl: settings.redisUrl,
    metrics: settings.metrics,
    production: settings.production,
    log,
  })
  await gateway.listen(settings.port, settings.host)
  process.stdout.write(`The graph is served at http://${settings.host}:${gateway.address?.port}/graphql\n`)

  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    Promise.all([gateway.stop(), identity?.stop()]).then(
      () => process.exit(0),
      error => {
        log.error({ err: error }, 'The gateway did not stop cleanly.')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

main().catch(error => {
  console.error(error instanceof SettingsError ? error.message : reasonOf(error))
  process.exit(1)
})

/** Reads tokens by identity's keys, and knows within a second or so which sign-ins have ended before their tokens. */
async function followIdentity(
  { issuer, audience, jwksUrl }: NonNullable<GatewaySettings['identity']>,
  log: Logger,
): Promise<{ reader: CallerReader; stop(): Promise<void> }> {
  const keys = createRemoteJWKSet(new URL(jwksUrl))
  const clock = systemClock
  const ended = await askForEndedSessions({ clock, log, recent: seconds => askEndedSessions(jwksUrl, seconds) })
  const reader = tokenCallerReader(createAccessTokenReader({ issuer, audience, keys, clock, ended }))
  return { reader, stop: () => ended.close() }
}

function reasonOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'ENOENT') return `The supergraph cannot be read: ${error.message}`
  if (error.code === 'EADDRINUSE') return `The port is in use: ${error.message}`
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${error.message}\n\n${HELP}`
  return error
}
