import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

const SETTLE_MILLISECONDS = 50
const POLL_MILLISECONDS = 1_000

/**
 * Tells of each new content of a file. The folder is watched, because editors and config maps replace the file
 * itself; a slow poll stands behind it for file systems that report nothing. Content that cannot be read is skipped.
 */
export function watchFile(file: string, known: string, changed: (content: string) => void): () => void {
  let last = known
  let settling: NodeJS.Timeout | undefined
  let reading = false
  let stopped = false

  const look = async () => {
    if (reading || stopped) return
    reading = true
    try {
      const content = await readFile(file, 'utf8')
      if (content === last || stopped) return
      last = content
      changed(content)
    } catch {
      // Between the removal of a file and its replacement there is nothing to read; the next look finds it.
    } finally {
      reading = false
    }
  }

  const soon = () => {
    clearTimeout(settling)
    settling = setTimeout(look, SETTLE_MILLISECONDS)
  }

  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(file) || name === '..data') soon()
    })
    watcher.on('error', () => watcher?.close())
  } catch {
    // Some file systems cannot be watched at all: the poll alone serves them.
  }
  const poll = setInterval(look, POLL_MILLISECONDS)
  poll.unref()

  return () => {
    stopped = true
    clearTimeout(settling)
    clearInterval(poll)
    watcher?.close()
  }
}
