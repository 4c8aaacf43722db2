import { type ChildProcess, spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../database/open.ts'

const WATCHED = ['kit/src', 'rules/src', 'gateway/src', 'subgraphs', 'scripts']
const SETTLE_MS = 150

const project = new URL('../..', import.meta.url).pathname

/**
 * Keeps the database running here and everything else in a child, which is started anew when a source file changes:
 * a restart takes as long as loading the code does.
 */
export async function startWatching(progress: (line: string) => void): Promise<{ stop(): Promise<void> }> {
  const database = await openDatabase(progress)
  const environment = {
    ...process.env,
    DATABASE_URL: database.databaseUrl,
    DATABASE_ROLE_SECRET: database.roleSecret,
  }
  let child: ChildProcess | undefined
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  let restarting: Promise<void> = Promise.resolve()

  const start = () => {
    child = spawn(process.execPath, [join(project, 'scripts/start.mjs')], { stdio: 'inherit', env: environment })
  }
  const end = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child?.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  const restart = (file: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (stopping) return
      progress(`${file} has changed: starting anew …`)
      restarting = restarting.then(end).then(() => (stopping ? undefined : start()))
    }, SETTLE_MS)
  }
  const watchers = WATCHED.map(folder =>
    watch(join(project, folder), { recursive: true }, (_event, name) => {
      if (name && isSource(name)) restart(join(folder, name))
    }),
  )
  start()
  return {
    async stop() {
      stopping = true
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      await restarting
      await end()
      await database.stop()
    },
  }
}

/** What is generated follows from what was written, and tests do not run here. */
function isSource(name: string): boolean {
  if (/(^|\/)(generated|node_modules|test)\//.test(name) || name.endsWith('subgraph.graphql')) return false
  return /\.(ts|mjs|graphql|prisma|sql)$/.test(name) && !name.endsWith('.test.ts')
}
