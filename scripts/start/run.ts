import { SettingsError } from '@tillgraph/kit/env'
import { DatabaseError } from '../database/database-error.ts'
import { StartError } from './start-error.ts'

const STOP_TIMEOUT_MS = 15_000

interface Running {
  stop(): Promise<void>
}

/** Starts what was asked for, and stops it in order when the process is told to. */
export async function run(options: { distributed: boolean; watch: boolean }): Promise<void> {
  const progress = (line: string) => console.log(line)
  let running: Running | undefined
  let stopping: Promise<void> | undefined

  const stop = () => {
    if (stopping) {
      console.error('Stopped at once.')
      process.exit(130)
    }
    if (!running) process.exit(130)
    console.log('\nStopping …')
    const late = setTimeout(() => {
      console.error(`Not everything stopped within ${STOP_TIMEOUT_MS / 1000} s.`)
      process.exit(1)
    }, STOP_TIMEOUT_MS)
    stopping = running.stop().then(
      () => {
        clearTimeout(late)
        process.exit(0)
      },
      error => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)

  try {
    running = await begin(options, progress)
  } catch (error) {
    console.error(isForTheUser(error) ? error.message : error)
    process.exit(1)
  }
}

async function begin(options: { distributed: boolean; watch: boolean }, progress: (line: string) => void) {
  if (options.watch) return (await import('./watch.ts')).startWatching(progress)
  if (options.distributed) return (await import('./distributed.ts')).startDistributed(progress)
  return (await import('./one-box.ts')).startOneBox(progress)
}

function isForTheUser(error: unknown): error is Error {
  return error instanceof StartError || error instanceof DatabaseError || error instanceof SettingsError
}
