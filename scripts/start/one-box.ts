import { writeFileSync } from 'node:fs'
import { createLog } from '@tillgraph/kit/log'
import { createGateway } from '../../gateway/src/gateway.ts'
import { tokenCallerReader } from '../../gateway/src/identity/token-caller-reader.ts'
import { readLimits, readRateLimits } from '../../gateway/src/limiting/limit-settings.ts'
import { readTrustedOperations } from '../../gateway/src/operations/trusted-settings.ts'
import { composeGraph } from '../compose.ts'
import { migrate } from '../database/migrate.ts'
import { openDatabase } from '../database/open.ts'
import { refuseDemoInProduction, seedOnce } from '../seed.ts'
import { announce } from './announce.ts'
import { startBox } from './box.ts'
import { identityKeySecret } from './identity-secret.ts'
import { requireFreePort } from './port.ts'
import { allowedOrigins, readSettings } from './settings.ts'

const project = new URL('../..', import.meta.url).pathname

/** Everything in this process: gateway and six subgraphs, on the database of the environment or the embedded one. */
export async function startOneBox(progress: (line: string) => void): Promise<{ stop(): Promise<void> }> {
  const settings = readSettings()
  refuseDemoInProduction(settings)
  await requireFreePort(settings.HOST, settings.GATEWAY_PORT, 'GATEWAY_PORT')
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const keySecret = await identityKeySecret(settings)
    const database = await openDatabase(progress)
    stops.push(() => database.stop())
    await migrate(database, progress)
    const log = createLog('tillgraph', settings.LOG_LEVEL)
    const box = await startBox({
      databaseUrl: database.databaseUrl,
      subgraphUrls: database.subgraphUrls ?? {},
      roleSecret: database.roleSecret,
      redisUrl: settings.REDIS_URL,
      issuer: settings.TOKEN_ISSUER,
      audience: settings.TOKEN_AUDIENCE,
      identityKeySecret: keySecret,
      log,
    })
    stops.push(() => box.stop())
    const demo = settings.NODE_ENV === 'production' ? undefined : await seedOnce(box, progress)
    const place = { host: settings.HOST, hasIdentity: true }
    const gateway = await createGateway({
      supergraph: { file: composeIfStale(progress) },
      contracts: [
        {
          path: '/partner/graphql',
          schema: { file: `${project}partner.graphql` },
          admits: ['partner'],
          limits: readLimits(process.env, 'CONTRACT_'),
          rateLimits: readRateLimits(process.env, place, 'CONTRACT_'),
        },
      ],
      trusted: await readTrustedOperations(process.env, {
        production: settings.NODE_ENV === 'production',
        files: [`${project}client/trusted-operations.json`],
      }),
      services: box.subgraphs,
      reader: tokenCallerReader(box.accessTokens),
      admits: ['person', 'service'],
      routes: box.routes,
      cors: { origins: allowedOrigins(settings) },
      trustedProxies: settings.TRUSTED_PROXIES,
      limits: readLimits(process.env),
      rateLimits: readRateLimits(process.env, place),
      redisUrl: settings.REDIS_URL,
      metrics:
        settings.METRICS_PORT === undefined ? undefined : { port: settings.METRICS_PORT, host: settings.METRICS_HOST },
      introspection: settings.NODE_ENV !== 'production',
      production: settings.NODE_ENV === 'production',
      log,
    })
    stops.push(() => gateway.stop())
    await gateway.listen(settings.GATEWAY_PORT, settings.HOST)
    announce({ host: settings.HOST, port: gateway.address?.port ?? settings.GATEWAY_PORT, demo })
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The graph as the schemas say it now: a changed schema is composed at the start, and a running gateway takes it up. */
function composeIfStale(progress: (line: string) => void): string {
  const { files, partnerFiles } = composeGraph(project)
  const all = files.some(({ stale }) => stale) ? [...files, ...partnerFiles()] : files
  for (const { file, text, stale } of all) {
    if (!stale) continue
    progress(`The schemas have changed: ${file} is composed anew.`)
    writeFileSync(file, text)
  }
  return `${project}supergraph.graphql`
}
