import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EmbeddedDatabase } from './embedded.ts'

const watchdog = join(dirname(fileURLToPath(import.meta.url)), 'watchdog.mjs')

/**
 * Has the server stopped and its data removed when this process ends in whatever way, kill -9 included, or when the
 * returned function is called. For data that is worth nothing afterwards.
 */
export function watchEmbeddedDatabase(database: EmbeddedDatabase): () => Promise<void> {
  const folders = [...new Set([database.clusterFolder, database.dataFolder])]
  // The pipe closes with this process: that is what the watchdog waits for.
  const child = spawn(process.execPath, [watchdog, ...folders], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  const ended = new Promise<void>(resolve => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return () => {
    child.ref()
    child.stdin?.end()
    return ended
  }
}
