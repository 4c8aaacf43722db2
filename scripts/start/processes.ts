import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { SUBGRAPHS } from '../database/subgraphs.ts'
import { makeServiceKeys } from './service-keys.ts'
import { StartError } from './start-error.ts'

const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 100
const STOP_TIMEOUT_MS = 12_000
const LINES_KEPT = 20
const GATEWAY_FILE = 'gateway/src/index.ts'

const project = new URL('../..', import.meta.url).pathname

export interface ProcessesOptions {
  readonly host: string
  readonly gatewayPort: number
  /** The port of each subgraph, on 127.0.0.1. */
  readonly ports: ReadonlyMap<string, number>
  readonly databaseUrl: string
  readonly roleSecret: string
  readonly identityKeySecret: string
  /** What the gateway serves, and takes up anew when it changes. Default: the project's own. */
  readonly supergraphFile?: string
  readonly issuer: string
  readonly audience: string
  readonly origins: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Hears every line that a process prints. */
  readonly output: (name: string, line: string) => void
}

export interface Processes {
  /** Process ids by name, for whoever wants to see one of them die. */
  readonly pids: ReadonlyMap<string, number | undefined>
  /** Kills one of them as a crash does (SIGKILL) and waits until it is gone. */
  kill(name: string): Promise<void>
  /** Starts one that has ended anew, with what it was started with, and waits until it can serve. */
  restart(name: string): Promise<void>
  stop(): Promise<void>
}

/** Starts the gateway and each subgraph in a process of its own and waits until all of them can serve. */
export async function startProcesses(options: ProcessesOptions): Promise<Processes> {
  const { ports, gatewayPort } = options
  const keys = await makeServiceKeys(SUBGRAPHS)
  const urls = Object.fromEntries(
    [...ports].map(([name, port]) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${port}/graphql`]),
  )
  const identity = `http://127.0.0.1:${ports.get('identity')}`
  const common = {
    ...options.environment,
    ...urls,
    TOKEN_ISSUER: options.issuer,
    TOKEN_AUDIENCE: options.audience,
    IDENTITY_JWKS_URL: `${identity}/.well-known/jwks.json`,
  }
  const launches = new Map<string, { readonly port: number; start(): Child }>()
  for (const [name, port] of ports) {
    const environment = {
      ...common,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: options.databaseUrl,
      DATABASE_ROLE_SECRET: options.roleSecret,
      IDENTITY_KEY_SECRET: options.identityKeySecret,
      SERVICE_PRIVATE_KEY: JSON.stringify(keys.privateKeyOf(name)),
      SERVICE_PUBLIC_KEYS: JSON.stringify(keys.publicKeys),
    }
    launches.set(name, { port, start: () => startChild(name, `subgraphs/${name}/src/index.ts`, options, environment) })
  }
  const gateway = {
    ...common,
    HOST: options.host,
    GATEWAY_PORT: String(gatewayPort),
    SUPERGRAPH: options.supergraphFile ?? join(project, 'supergraph.graphql'),
    CONTRACTS: `/partner/graphql=${join(project, 'partner.graphql')}`,
    TRUSTED_OPERATIONS_FILES: join(project, 'client/trusted-operations.json'),
    CORS_ORIGINS: options.origins.join(','),
    PASS_THROUGH: [
      `/oauth/token=${identity}/oauth/token`,
      `/.well-known/jwks.json=${identity}/.well-known/jwks.json`,
      `/webhooks/stripe=http://127.0.0.1:${ports.get('payments')}/webhooks/stripe`,
    ].join(','),
  }
  launches.set('gateway', { port: gatewayPort, start: () => startChild('gateway', GATEWAY_FILE, options, gateway) })

  const children = new Map([...launches].map(([name, { start }]) => [name, start()]))
  const pids = new Map([...children].map(([name, child]) => [name, child.process.pid]))
  const stop = async () => {
    await Promise.all([...children.values()].map(endChild))
  }
  const untilAllReady = (ports: readonly number[]) =>
    Promise.all(ports.map(port => untilReady(`http://127.0.0.1:${port}/ready`, children)))
  try {
    await untilAllReady([...launches.values()].map(({ port }) => port))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pids,
    async kill(name) {
      const child = children.get(name)
      if (!child || hasEnded(child)) throw new StartError(`There is no ${name} process to kill.`)
      const ended = new Promise(resolve => child.process.once('exit', resolve))
      child.process.kill('SIGKILL')
      await ended
      children.delete(name)
    },
    async restart(name) {
      const launch = launches.get(name)
      if (!launch || children.has(name)) throw new StartError(`The ${name} process has not ended.`)
      const child = launch.start()
      children.set(name, child)
      pids.set(name, child.process.pid)
      await untilAllReady([launch.port])
    },
    stop,
  }
}

interface Child {
  readonly name: string
  readonly process: ChildProcess
  readonly lastLines: string[]
}

function startChild(name: string, file: string, options: ProcessesOptions, environment: NodeJS.ProcessEnv): Child {
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
        options.output(name, line)
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

async function untilReady(url: string, children: ReadonlyMap<string, Child>): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  for (;;) {
    const ended = [...children.values()].find(hasEnded)
    if (ended) throw new StartError(`The ${ended.name} process ended:\n${ended.lastLines.join('\n')}`)
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > deadline) throw new StartError(`${url} was not ready within ${READY_TIMEOUT_MS / 1000} s.`)
    await sleep(READY_POLL_MS)
  }
}
