import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from '../database/migrate.ts'
import { openDatabase } from '../database/open.ts'
import { SUBGRAPHS } from '../database/subgraphs.ts'
import { seedOnceInOwnBox } from '../seed.ts'
import { announce } from './announce.ts'
import { identityKeySecret } from './identity-secret.ts'
import { requireFreePort } from './port.ts'
import { makeServiceKeys } from './service-keys.ts'
import { allowedOrigins, readSettings } from './settings.ts'
import { StartError } from './start-error.ts'

const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 100
const STOP_TIMEOUT_MS = 12_000
const LINES_KEPT = 20

const project = new URL('../..', import.meta.url).pathname

/** The gateway and each subgraph in a process of its own, as they run in containers; the subgraphs' ports follow on the gateway's. */
export async function startDistributed(progress: (line: string) => void): Promise<{ stop(): Promise<void> }> {
  const settings = readSettings()
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
    const keys = await makeServiceKeys(SUBGRAPHS)
    const urls = Object.fromEntries(
      [...ports].map(([name, port]) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${port}/graphql`]),
    )
    const identity = `http://127.0.0.1:${ports.get('identity')}`
    const common = {
      ...process.env,
      ...urls,
      NODE_ENV: settings.NODE_ENV,
      LOG_LEVEL: settings.LOG_LEVEL,
      TOKEN_ISSUER: settings.TOKEN_ISSUER,
      TOKEN_AUDIENCE: settings.TOKEN_AUDIENCE,
      IDENTITY_JWKS_URL: `${identity}/.well-known/jwks.json`,
    }
    const children = [...ports].map(([name, port]) =>
      child(name, `subgraphs/${name}/src/index.ts`, {
        ...common,
        HOST: '127.0.0.1',
        PORT: String(port),
        DATABASE_URL: database.databaseUrl,
        DATABASE_ROLE_SECRET: database.roleSecret,
        IDENTITY_KEY_SECRET: keySecret,
        SERVICE_PRIVATE_KEY: JSON.stringify(keys.privateKeyOf(name)),
        SERVICE_PUBLIC_KEYS: JSON.stringify(keys.publicKeys),
      }),
    )
    children.push(
      child('gateway', 'gateway/src/index.ts', {
        ...common,
        HOST: host,
        PORT: String(gatewayPort),
        SUPERGRAPH: join(project, 'supergraph.graphql'),
        CORS_ORIGINS: allowedOrigins(settings).join(','),
        PASS_THROUGH: `/oauth/token=${identity}/oauth/token,/.well-known/jwks.json=${identity}/.well-known/jwks.json`,
      }),
    )
    stops.push(async () => {
      await Promise.all(children.map(endChild))
    })
    progress(`Starting ${children.length} processes …`)
    await Promise.all([
      ...[...ports.values()].map(port => untilReady(`http://127.0.0.1:${port}/ready`, children)),
      untilReady(`http://127.0.0.1:${gatewayPort}/ready`, children),
    ])
    announce({ host, port: gatewayPort, demo })
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Child {
  readonly name: string
  readonly process: ChildProcess
  readonly lastLines: string[]
}

function child(name: string, file: string, environment: NodeJS.ProcessEnv): Child {
  const started = spawn(process.execPath, ['--import', './scripts/typescript.mjs', file], {
    cwd: project,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lastLines: string[] = []
  for (const stream of [started.stdout, started.stderr])
    if (stream)
      createInterface({ input: stream }).on('line', line => {
        lastLines.push(line)
        if (lastLines.length > LINES_KEPT) lastLines.shift()
        console.log(line.startsWith('{') ? line : `[${name}] ${line}`)
      })
  return { name, process: started, lastLines }
}

const hasEnded = ({ process: { exitCode, signalCode } }: Child) => exitCode !== null || signalCode !== null

async function endChild(one: Child): Promise<void> {
  if (hasEnded(one)) return
  const ended = new Promise(resolve => one.process.once('exit', resolve))
  one.process.kill('SIGTERM')
  const late = setTimeout(() => one.process.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(late)
}

async function untilReady(url: string, children: readonly Child[]): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  for (;;) {
    const ended = children.find(hasEnded)
    if (ended) throw new StartError(`The ${ended.name} process ended:\n${ended.lastLines.join('\n')}`)
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > deadline) throw new StartError(`${url} was not ready within ${READY_TIMEOUT_MS / 1000} s.`)
    await sleep(READY_POLL_MS)
  }
}
