import { migrate } from '../database/migrate.ts'
import { openDatabase } from '../database/open.ts'
import { SUBGRAPHS } from '../database/subgraphs.ts'
import { refuseDemoInProduction, seedOnceInOwnBox } from '../seed.ts'
import { announce } from './announce.ts'
import { identityKeySecret } from './identity-secret.ts'
import { requireFreePort } from './port.ts'
import { startProcesses } from './processes.ts'
import { allowedOrigins, readSettings } from './settings.ts'

/** Seven processes on this machine, as they run in containers; the subgraphs' ports follow on the gateway's. */
export async function startDistributed(progress: (line: string) => void): Promise<{ stop(): Promise<void> }> {
  const settings = readSettings()
  refuseDemoInProduction(settings)
  const { HOST: host, GATEWAY_PORT: gatewayPort } = settings
  const ports = new Map(SUBGRAPHS.map((name, index) => [name as string, gatewayPort + 1 + index]))
  await requireFreePort(host, gatewayPort, 'GATEWAY_PORT')
  for (const port of ports.values()) await requireFreePort('127.0.0.1', port, 'GATEWAY_PORT')
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const keySecret = await identityKeySecret(settings)
    const database = await openDatabase(progress)
    stops.push(() => database.stop())
    await migrate(database, progress)
    const demo =
      settings.NODE_ENV === 'production' ? undefined : await seedOnceInOwnBox(database, settings, keySecret, progress)
    progress(`Starting ${ports.size + 1} processes …`)
    const processes = await startProcesses({
      host,
      gatewayPort,
      ports,
      databaseUrl: database.databaseUrl,
      roleSecret: database.roleSecret,
      identityKeySecret: keySecret,
      issuer: settings.TOKEN_ISSUER,
      audience: settings.TOKEN_AUDIENCE,
      origins: allowedOrigins(settings),
      environment: { ...process.env, NODE_ENV: settings.NODE_ENV, LOG_LEVEL: settings.LOG_LEVEL },
      output: (name, line) => console.log(line.startsWith('{') ? line : `[${name}] ${line}`),
    })
    stops.push(() => processes.stop())
    announce({ host, port: gatewayPort, demo })
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}
