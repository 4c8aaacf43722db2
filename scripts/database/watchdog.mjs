// node watchdog.mjs DATA_FOLDER CLUSTER_FOLDER: waits until whoever started it is gone, however it went, then stops
// the PostgreSQL server of the folder and removes both. For servers that must not outlive a test run.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { processStarted } from '../process-lock.mjs'

const STOP_TIMEOUT_MILLISECONDS = 10_000
const POLL_MILLISECONDS = 20
const folders = process.argv.slice(2)

// Ctrl-C in the terminal is for whoever started us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
process.stdin.resume()
process.stdin.once('close', () => {
  for (const folder of folders) stop(folder)
  setTimeout(remove, POLL_MILLISECONDS)
})

function serverOf(folder) {
  try {
    return Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
}

function stop(folder) {
  const pid = serverOf(folder)
  if (!pid) return
  try {
    process.kill(pid, 'SIGQUIT')
  } catch {
    // It is gone already.
  }
}

async function remove() {
  const deadline = Date.now() + STOP_TIMEOUT_MILLISECONDS
  for (const folder of folders) {
    for (let pid = serverOf(folder); pid && processStarted(pid) && Date.now() < deadline; pid = serverOf(folder))
      await sleep(POLL_MILLISECONDS)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
