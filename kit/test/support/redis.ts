import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../../tests/support/free-ports.ts'

const START_MOST_MS = 10_000

export interface TestRedis {
  readonly url: string
  /** Empties it, as if its disk had been lost. */
  empty(): Promise<void>
  /** Kills it and starts another, empty, at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Where a redis-server is, if this machine has one. */
export const redisBinary = (process.env.PATH ?? '')
  .split(delimiter)
  .map(folder => join(folder, 'redis-server'))
  .find(file => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** A Redis of its own, in memory, on a free port. */
export async function startRedis(): Promise<TestRedis> {
  if (!redisBinary) throw new Error('There is no redis-server in the PATH')
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server = await launch(redisBinary, port, url)
  return {
    url,
    empty: () => ask(url, client => client.flushall()),
    async restart() {
      await end(server)
      server = await launch(redisBinary, port, url)
    },
    stop: () => end(server),
  }
}

async function launch(binary: string, port: number, url: string): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn(binary, options, { stdio: 'ignore' })
  const deadline = Date.now() + START_MOST_MS
  for (;;) {
    try {
      await ask(url, client => client.ping())
      return server
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) throw error
      await sleep(20)
    }
  }
}

async function ask(url: string, question: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => {})
  try {
    await client.connect()
    await question(client)
  } finally {
    client.disconnect()
  }
}

async function end(server: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => server.once('exit', resolve))
  server.kill('SIGKILL')
  await ended
}
