import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { processStarted } from '../../../process-lock.mjs'
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../embedded.ts'

const project = fileURLToPath(new URL('../../../../', import.meta.url))
const POLL_MS = 20
const PATIENCE_MS = 15_000

export interface Launcher {
  readonly child: ChildProcess
  readonly url: string
  readonly pid: number
  readonly port: number
  readonly adopted: boolean
  readonly lines: string[]
  /** Sends a signal and waits until the process has ended; gives its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** A fresh data folder that is gone after the test, with the server that may still run on it. */
export function dataFolder(): string {
  const folder = join(tmpdir(), `tillgraph-launch-${process.pid}-${Math.trunc(performance.now() * 1000)}`)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts the database of a folder in this process. */
export async function start(folder: string, durable = false): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({ dataFolder: folder, durable })
  onTestFinished(() => database.stop())
  return database
}

/** Starts support/launcher.ts and waits until its database is ready. */
export async function launch(folder: string): Promise<Launcher> {
  const child = spawn(
    process.execPath,
    ['--import', './scripts/typescript.mjs', 'scripts/database/test/support/launcher.ts', folder],
    { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines: string[] = []
  const ready = new Promise<Pick<Launcher, 'url' | 'pid' | 'port' | 'adopted'>>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      lines.push(line)
      if (line.startsWith('{')) resolve(JSON.parse(line))
    })
    child.once('exit', code => reject(new Error(`The launcher ended with ${code}: ${lines.join('\n')}`)))
  })
  const { pid, ...rest } = await ready
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (processStarted(pid) !== undefined) process.kill(pid, 'SIGQUIT')
    await until(() => processStarted(pid) === undefined)
  })
  return {
    child,
    pid,
    ...rest,
    lines,
    async end(signal) {
      const ended = once(child, 'exit')
      child.kill(signal)
      return (await ended)[0]
    },
  }
}

/** Waits until something is so; fails when it takes unreasonably long. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(POLL_MS))
    if (await condition()) return
  throw new Error('waited in vain')
}
